import { Button, Checkbox } from '@mantine/core';
import { useId, useState } from 'react';
import type { EventType, EventTypeName } from '../api/client.ts';
import { CodeBlock } from '../app/code-block.tsx';
import { groupsOf, withGroup, type EventGroup } from './event-groups.ts';
import styles from './event-picker.module.css';

export interface EventPickerProps {
  readonly types: readonly EventType[];
  readonly selected: readonly EventTypeName[];
  readonly onChange: (selected: EventTypeName[]) => void;
  readonly fault: string | undefined;
}

export function EventPicker({ types, selected, onChange, fault }: EventPickerProps) {
  const { current, legacy } = groupsOf(types);
  const legacyCount = legacy.flatMap((group) => group.types).filter(({ name }) => selected.includes(name)).length;
  // Only for a start: what is folded and what is not is then for the viewer to say.
  const [opened] = useState(legacyCount > 0);
  const faultId = useId();
  const groups = (some: readonly EventGroup[]) => some.map((group) => <Group key={group.title} group={group} selected={selected} onChange={onChange} />);
  return (
    <fieldset className={styles.picker} aria-describedby={fault ? faultId : undefined}>
      <legend>Events</legend>
      {fault && <p id={faultId} role="alert" className={styles.fault}>{fault}</p>}
      {groups(current)}
      <details className={styles.legacy} open={opened}>
        <summary>Legacy events, for older integrations{legacyCount > 0 && ` (${legacyCount} selected)`}</summary>
        <p>Older events, for receivers that were built for them. A new integration does not need them.</p>
        {groups(legacy)}
      </details>
    </fieldset>
  );
}

interface GroupProps {
  readonly group: EventGroup;
  readonly selected: readonly EventTypeName[];
  readonly onChange: (selected: EventTypeName[]) => void;
}

function Group({ group, selected, onChange }: GroupProps) {
  const count = group.types.filter(({ name }) => selected.includes(name)).length;
  const all = count === group.types.length;
  return (
    <div role="group" aria-label={group.title} className={styles.group}>
      <Checkbox
        label={<strong>{group.title}: select all</strong>} checked={all} indeterminate={count > 0 && !all}
        onChange={() => onChange(withGroup(selected, group, !all))}
      />
      {group.types.map((type) => (
        <EventOption
          key={type.name} type={type} checked={selected.includes(type.name)}
          onChange={(checked) => onChange(checked ? [...selected, type.name] : selected.filter((name) => name !== type.name))}
        />
      ))}
    </div>
  );
}

function EventOption({ type, checked, onChange }: { readonly type: EventType; readonly checked: boolean; readonly onChange: (checked: boolean) => void }) {
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.option}>
      <div className={styles.line}>
        <Checkbox label={type.name} description={type.description} checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
        <Button variant="subtle" size="compact-sm" aria-expanded={shown} aria-label={`${shown ? 'Hide example' : 'Example'} of ${type.name}`} onClick={() => setShown(!shown)}>
          {shown ? 'Hide example' : 'Example'}
        </Button>
      </div>
      {shown && <CodeBlock label={`Example payload of ${type.name}`}>{JSON.stringify(type.example, null, 2)}</CodeBlock>}
    </div>
  );
}
