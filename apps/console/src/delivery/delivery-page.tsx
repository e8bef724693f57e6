import { Anchor } from '@mantine/core';
import { Link, useParams } from 'react-router';
import type { Delivery } from '../api/client.ts';
import { isMissing } from '../api/problem.ts';
import { useDelivery, useEndpoint } from '../api/queries.ts';
import { CodeBlock } from '../app/code-block.tsx';
import { CopyButton } from '../app/copy-button.tsx';
import { Moment } from '../app/moment.tsx';
import { Page } from '../app/page.tsx';
import { FailurePage, Loading } from '../app/states.tsx';
import { ToneText } from '../app/tone.tsx';
import { AttemptView } from './attempt-view.tsx';
import { BodyView } from './body-view.tsx';
import { curlOf } from './curl.ts';
import styles from './delivery-page.module.css';
import { NextAttempt } from './next-attempt.tsx';
import { RetryButton } from './retry-button.tsx';

const statuses = {
  pending: { tone: 'wait', text: 'In progress' },
  succeeded: { tone: 'good', text: 'Succeeded' },
  failed: { tone: 'bad', text: 'Failed' },
  cancelled: { tone: 'idle', text: 'Cancelled because the webhook was disabled' },
} as const;

export function DeliveryPage() {
  const { endpointId = '', deliveryId = '' } = useParams();
  const { data: delivery, error, refetch } = useDelivery(deliveryId);
  const endpoint = useEndpoint(endpointId);
  const above = [{ to: '/', title: 'Webhooks' }, { to: `/${endpointId}`, title: endpoint.data?.url ?? 'Webhook' }];
  if (error && (!delivery || isMissing(error))) return <FailurePage title="Delivery" error={error} onRetry={() => void refetch()} />;
  if (!delivery) return <Page title="Delivery" above={above}><Loading what="delivery" /></Page>;
  const canRetry = (delivery.status === 'failed' || delivery.status === 'cancelled') && !delivery.test;
  return (
    <Page title={delivery.event} above={above} {...(canRetry && { actions: <RetryButton deliveryId={delivery.id} event={delivery.event} /> })}>
      <DeliveryView delivery={delivery} />
    </Page>
  );
}

function DeliveryView({ delivery }: { readonly delivery: Delivery }) {
  const { tone, text } = statuses[delivery.status];
  const last = delivery.attempts.at(-1);
  return (
    <>
      <dl className={styles.facts}>
        <dt>Status</dt><dd><ToneText tone={tone}>{text}</ToneText>{delivery.test && ' · test'}</dd>
        <dt>Delivery</dt><dd><code>{delivery.id}</code></dd>
        {delivery.eventId && <><dt>Event</dt><dd><Anchor component={Link} to={`/events/${delivery.eventId}`} inherit><code>{delivery.eventId}</code></Anchor></dd></>}
        <dt>Created</dt><dd><Moment at={delivery.createdAt} /></dd>
      </dl>
      <h2>Attempts</h2>
      <ol className={styles.timeline} aria-label="Attempts">
        {delivery.attempts.map((attempt) => <AttemptView key={attempt.attempt} attempt={attempt} opened={attempt === last} />)}
        {delivery.status === 'pending' && <NextAttempt at={delivery.nextAttemptAt} number={(last?.attempt ?? 0) + 1} />}
      </ol>
      <h2>Payload</h2>
      <BodyView label="Payload" body={delivery.request.body} />
      {last && (
        <>
          <h2>Replay by hand</h2>
          <p>The last attempt’s request, with the signature as it was sent.</p>
          <CodeBlock label="curl command">{curlOf(last, delivery.request.body)}</CodeBlock>
          <CopyButton text={curlOf(last, delivery.request.body)} what="curl command" />
        </>
      )}
    </>
  );
}
