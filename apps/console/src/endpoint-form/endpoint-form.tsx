import { Button, Group, NumberInput, Switch, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Link } from 'react-router';
import type { EventType, EventTypeName } from '../api/client.ts';
import type { EndpointFields } from '../api/queries.ts';
import { faultsByField } from '../api/problem.ts';
import { Failure } from '../app/states.tsx';
import { changesOf } from './changes.ts';
import styles from './endpoint-form.module.css';
import { EventPicker } from './event-picker.tsx';
import { urlFault } from './url-fault.ts';

export interface EndpointFormProps {
  readonly initial: EndpointFields;
  readonly types: readonly EventType[];
  readonly saving: boolean;
  /** What the server said of the last try. */
  readonly error: unknown;
  /** With all fields, and with those alone that differ from what the form began with. */
  readonly onSave: (fields: EndpointFields, changed: Partial<EndpointFields>) => void;
  /** What to add to an error where the answer was lost. */
  readonly whenAway?: string;
  readonly cancelTo: string;
}

/** The fields of an endpoint. What the server says of one stands there until the field is changed. */
export function EndpointForm({ initial, types, saving, error, onSave, whenAway, cancelTo }: EndpointFormProps) {
  const [begun] = useState(initial);
  const [fields, setFields] = useState(initial);
  const [touched, setTouched] = useState(false);
  const [tried, setTried] = useState(false);
  const [changedSince, setChangedSince] = useState<{ error: unknown; fields: readonly string[] }>({ error: null, fields: [] });
  const change = (changed: Partial<EndpointFields>) => {
    setFields({ ...fields, ...changed });
    setChangedSince({ error, fields: [...(changedSince.error === error ? changedSince.fields : []), ...Object.keys(changed)] });
  };
  const served = faultsByField(error);
  const servedOf = (field: keyof EndpointFields) => (changedSince.error === error && changedSince.fields.includes(field) ? undefined : served[field]);
  const typed = urlFault(fields.url);
  const shown = touched || tried ? typed : undefined;
  const urlText = servedOf('url') ?? (shown?.certain ? shown.text : undefined);
  const eventsFault = servedOf('events') ?? (tried && fields.events.length === 0 ? 'Check at least one event.' : undefined);
  const knownFields = ['url', 'events', 'active', 'description', 'rateLimit'];
  const isElsewhere = Boolean(error) && !Object.keys(served).some((field) => knownFields.includes(field));

  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    if (typed?.certain) {
      event.currentTarget.querySelector<HTMLInputElement>('[name="url"]')?.focus();
    } else if (fields.events.length === 0) {
      event.currentTarget.querySelector<HTMLInputElement>('fieldset input')?.focus();
    } else {
      const { events, active, rateLimit } = fields;
      const wanted = { url: fields.url.trim(), events, active, description: fields.description?.trim() || null, rateLimit };
      onSave(wanted, changesOf(begun, wanted));
    }
  };
  return (
    <form noValidate onSubmit={save} className={styles.form}>
      <TextInput
        name="url" type="url" inputMode="url" autoComplete="off" spellCheck={false} required label="URL" placeholder="https://hooks.example.com/ce-pro" value={fields.url} error={urlText}
        description={<>The full HTTPS address that receives the POST requests.{shown && !shown.certain && <span className={styles.warning}> {shown.text}</span>}</>}
        onChange={({ currentTarget }) => { setTouched(true); change({ url: currentTarget.value }); }}
      />
      <TextInput
        label="Description" description="What the endpoint is for. Optional." maxLength={256} value={fields.description ?? ''} error={servedOf('description')}
        onChange={({ currentTarget }) => change({ description: currentTarget.value })}
      />
      <EventPicker types={types} selected={fields.events} fault={eventsFault} onChange={(events: EventTypeName[]) => change({ events })} />
      <NumberInput
        label="Rate limit" description="The most requests per second. What is more waits its turn. Leave it empty for no limit." className={styles.number}
        min={1} max={10_000} allowDecimal={false} allowNegative={false} clampBehavior="blur" hideControls suffix=" per second"
        value={fields.rateLimit ?? ''} error={servedOf('rateLimit')}
        onChange={(value) => change({ rateLimit: typeof value === 'number' ? value : null })}
      />
      <Switch
        label="Active" description="Deliveries are made from the moment you save." checked={fields.active} error={servedOf('active')}
        onChange={({ currentTarget }) => change({ active: currentTarget.checked })}
      />
      {isElsewhere && <Failure error={error} {...(whenAway !== undefined && { whenAway })} />}
      <Group>
        <Button type="submit" loading={saving}>Save</Button>
        <Button component={Link} to={cancelTo} variant="default">Cancel</Button>
      </Group>
    </form>
  );
}
