import { useParams } from 'react-router';
import type { Event } from '../api/client.ts';
import { isMissing } from '../api/problem.ts';
import { useEvent } from '../api/queries.ts';
import { Moment } from '../app/moment.tsx';
import { Page } from '../app/page.tsx';
import { FailurePage, Loading } from '../app/states.tsx';
import { ToneText } from '../app/tone.tsx';
import { useNow } from '../app/use-now.ts';
import { BodyView } from '../delivery/body-view.tsx';
import styles from './event-page.module.css';
import { sentenceOf } from './event-result.ts';
import { VerdictTable } from './verdict-table.tsx';

const above = [{ to: '/', title: 'Webhooks' }, { to: '/events', title: 'Events' }];
const missing = { reason: 'It is older than the log is kept, or it never was here.', back: { to: '/events', title: 'All events' } };

/** One event: what came of it, and for every endpoint why it got it or did not. */
export function EventPage() {
  const { eventId = '' } = useParams();
  const { data: event, error, refetch } = useEvent(eventId);
  if (error && (!event || isMissing(error))) return <FailurePage title="Event" above={above} missing={missing} error={error} onRetry={() => void refetch()} />;
  if (!event) return <Page title="Event" above={above}><Loading what="event" /></Page>;
  return <Page title={event.type ?? 'Event of an unknown type'} above={above}><EventView event={event} /></Page>;
}

function EventView({ event }: { readonly event: Event }) {
  const now = useNow(event.status === 'waiting');
  const { tone, text, at, then } = sentenceOf(event, now);
  return (
    <>
      <p role="status"><ToneText tone={tone}>{text}{at && <> <Moment at={at} /></>}{then}</ToneText></p>
      <dl className={styles.facts}>
        <dt>Event</dt><dd><code>{event.id}</code></dd>
        <dt>Received</dt><dd><Moment at={event.receivedAt} /></dd>
      </dl>
      {event.status === 'routed' && (
        <>
          <h2>Endpoints</h2>
          {event.endpoints.length > 0 ? <VerdictTable event={event} /> : <p>{noEndpoints(event)}</p>}
        </>
      )}
      {event.status === 'unusable' ? (
        <p className={styles.help}>Your webhooks are not the cause: the mistake is in what was published within CE Pro. Its support finds the event by the id above.</p>
      ) : (event.status === 'routed' || event.payload !== null) && (
        <>
          <h2>Payload</h2>
          {event.payload === null ? <p>The payload is not kept any more.</p> : <BodyView label="Payload" body={event.payload} />}
        </>
      )}
    </>
  );
}

const noEndpoints = ({ type }: Event): string => (type === null
  ? 'This type of event is new. Which endpoints got it can not be shown yet.'
  : 'There was no endpoint when this event came, and there is none now.');
