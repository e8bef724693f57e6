import { Button, Modal, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { Endpoint, EventTypeName, SendTestResult } from '../api/client.ts';
import { useEventTypes, useSendTest } from '../api/queries.ts';
import { Breakable } from '../app/breakable.tsx';
import { Failure, Loading } from '../app/states.tsx';
import { duration } from '../app/time.ts';
import { ToneText } from '../app/tone.tsx';
import { BodyView } from '../delivery/body-view.tsx';
import styles from './send-test-dialog.module.css';

export function SendTestDialog({ endpoint, opened, onClose }: { readonly endpoint: Endpoint; readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title="Send Test" lockScroll={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      <SendTest endpoint={endpoint} />
    </Modal>
  );
}

function SendTest({ endpoint }: { readonly endpoint: Endpoint }) {
  const types = useEventTypes();
  const test = useSendTest(endpoint.id);
  const [type, setType] = useState<EventTypeName>('estimate.created');
  if (!types.data) return types.error ? <Failure error={types.error} onRetry={() => void types.refetch()} /> : <Loading what="event types" rows={1} />;
  return (
    <>
      <p className={styles.url}><strong><Breakable url={endpoint.url} /></strong></p>
      <p>Sends a sample event, signed like every delivery. The log keeps it, marked as a test.</p>
      <div className={styles.form}>
        <NativeSelect
          label="Event type" data={types.data.map(({ name }) => name)} value={type} data-autofocus
          onChange={({ currentTarget }) => setType(types.data.find(({ name }) => name === currentTarget.value)?.name ?? type)}
        />
        <Button loading={test.isPending} onClick={() => test.mutate(type)}>Send</Button>
      </div>
      <div aria-live="polite">
        {test.error && <Failure error={test.error} whenAway="The test may have been sent all the same: the log tells." />}
        {test.data && !test.isPending && <Result result={test.data} />}
      </div>
    </>
  );
}

function Result({ result }: { readonly result: SendTestResult }) {
  const { success, statusCode, responseTimeMs, responseBody, error } = result;
  return (
    <div className={styles.result}>
      <p><ToneText tone={success ? 'good' : 'bad'}>{success ? 'Success' : error}</ToneText></p>
      <dl className={styles.facts}>
        <dt>HTTP status</dt><dd>{statusCode ?? 'none'}</dd>
        <dt>Response time</dt><dd>{duration(responseTimeMs)}</dd>
      </dl>
      {responseBody !== null && <BodyView label="Response body" body={responseBody} />}
    </div>
  );
}
