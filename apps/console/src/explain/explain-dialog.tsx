import { Button, Modal, NativeSelect, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Endpoint, EventType, EventTypeName, Explanation } from '../api/client.ts';
import { useEventTypes, useExplain } from '../api/queries.ts';
import { Breakable } from '../app/breakable.tsx';
import { Moment } from '../app/moment.tsx';
import { Failure, Loading } from '../app/states.tsx';
import { ToneText } from '../app/tone.tsx';
import { BodyView } from '../delivery/body-view.tsx';
import { RequestHead } from '../delivery/request-head.tsx';
import { answerOf } from './answer.ts';
import { dataIn } from './event-data.ts';
import styles from './explain-dialog.module.css';

/** Whether an event would be delivered to an endpoint, and how its request would look. Nothing is sent. */
export function ExplainDialog({ endpoint, opened, onClose }: { readonly endpoint: Endpoint; readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title="Would it be delivered?" lockScroll={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Explain endpoint={endpoint} />
    </Modal>
  );
}

function Explain({ endpoint }: { readonly endpoint: Endpoint }) {
  const types = useEventTypes();
  if (!types.data) return types.error ? <Failure error={types.error} onRetry={() => void types.refetch()} /> : <Loading what="event types" rows={1} />;
  return <ExplainForm endpoint={endpoint} types={types.data} />;
}

function ExplainForm({ endpoint, types }: { readonly endpoint: Endpoint; readonly types: readonly EventType[] }) {
  const explain = useExplain(endpoint.id);
  const [type, setType] = useState<EventTypeName>(endpoint.events[0] ?? 'invoice.paid');
  const [text, setText] = useState(() => exampleOf(types, type));
  const [tried, setTried] = useState(false);
  const { data, fault } = dataIn(text);
  const choose = (name: string) => {
    const chosen = types.find((each) => each.name === name)?.name ?? type;
    setType(chosen);
    // What somebody wrote is theirs; the example of another type is not.
    if (text === exampleOf(types, type)) setText(exampleOf(types, chosen));
    explain.reset();
  };
  const ask = () => {
    setTried(true);
    if (data) explain.mutate({ type, data, written: text });
  };
  return (
    <>
      <p className={styles.url}><strong><Breakable url={endpoint.url} /></strong></p>
      <p>Asks what would come of an event, as this webhook is set up now. Nothing is sent.</p>
      <div className={styles.form}>
        <NativeSelect label="Event type" data={types.map(({ name }) => name)} value={type} data-autofocus onChange={({ currentTarget }) => choose(currentTarget.value)} />
        <Textarea
          label="Data" description="The example of the catalogue; change it as you like." rows={9} spellCheck={false} classNames={{ input: styles.data }}
          value={text} error={tried && fault} onChange={({ currentTarget }) => { setText(currentTarget.value); explain.reset(); }}
        />
        <div><Button loading={explain.isPending} onClick={ask}>Explain</Button></div>
      </div>
      <div aria-live="polite" className={styles.answer}>
        {explain.error && <Failure error={explain.error} />}
        {explain.data && <AnswerText explanation={explain.data} type={type} />}
      </div>
      {explain.data?.request && (
        <>
          <h3>{explain.data.verdict === 'scheduled' ? 'The request' : 'The request, if it were'}</h3>
          <p>What only a real attempt has, such as its signatures, is named in angle brackets. Send Test makes one.</p>
          <RequestHead label="Request headers" url={explain.data.request.url} headers={explain.data.request.headers} />
          <BodyView label="Request body" body={explain.data.request.body} />
        </>
      )}
    </>
  );
}

function AnswerText({ explanation, type }: { readonly explanation: Explanation; readonly type: EventTypeName }) {
  const { tone, text, at, then } = answerOf(explanation, type);
  return <p><ToneText tone={tone}>{text}{at && <> <Moment at={at} /></>}{then}</ToneText></p>;
}

/** The data of a type's example in the catalogue. */
function exampleOf(types: readonly EventType[], type: EventTypeName): string {
  return JSON.stringify(types.find(({ name }) => name === type)?.example['data'] ?? {}, null, 2);
}
