import { useParams } from 'react-router';
import type { Event } from '../api/client.ts';
import { isMissing } from '../api/problem.ts';
import { useEvent } from '../api/queries.ts';
import { Moment } from '../app/moment.tsx';
import { Page } from '../app/page.tsx';
import { FailurePage, Loading } from '../app/states.tsx';
import { ToneText } from '../app/tone.tsx';
import { BodyView } from '../delivery/body-view.tsx';
import styles from './event-page.module.css';
import { sentenceOf } from './event-result.ts';
import { VerdictTable } from './verdict-table.tsx';

const above = [{ to: '/', title: 'Webhooks' }, { to: '/events', title: 'Events' }];

/** One event: what came of it, and for every endpoint why it got it or did not. */
export function EventPage() {
  const { eventId = '' } = useParams();
  const { data: event, error, refetch } = useEvent(eventId);
  if (error && (!event || isMissing(error))) return <FailurePage title="Event" above={above} error={error} onRetry={() => void refetch()} />;
  if (!event) return <Page title="Event" above={above}><Loading what="event" /></Page>;
  return <Page title={event.type ?? 'Event of an unknown type'} above={above}><EventView event={event} /></Page>;
}

function EventView({ event }: { readonly event: Event }) {
  const { tone, text } = sentenceOf(event);
  return (
    <>
      <p role="status"><ToneText tone={tone}>{text}</ToneText></p>
      <dl className={styles.facts}>
        <dt>Event</dt><dd><code>{event.id}</code></dd>
        <dt>Received</dt><dd><Moment at={event.receivedAt} /></dd>
      </dl>
      {event.status === 'routed' && (
        <>
          <h2>Endpoints</h2>
          {event.endpoints.length > 0 ? <VerdictTable event={event} /> : <p>There was no endpoint when this event came, and there is none now.</p>}
        </>
      )}
      {event.status === 'unusable' ? (
        <p className={styles.help}>Your webhooks are not the cause: the mistake is in what was published within CE Pro. Its support finds the event by the id above.</p>
      ) : (
        <>
          <h2>Payload</h2>
          {event.payload === null ? <p>The payload is not kept any more.</p> : <BodyView label="Payload" body={event.payload} />}
        </>
      )}
    </>
  );
}
