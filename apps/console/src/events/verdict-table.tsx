import { Anchor, VisuallyHidden } from '@mantine/core';
import { Link } from 'react-router';
import type { Event, EventVerdict } from '../api/client.ts';
import { Breakable } from '../app/breakable.tsx';
import { Moment } from '../app/moment.tsx';
import { ToneText } from '../app/tone.tsx';
import { verdictText } from './verdict.ts';
import styles from './verdict-table.module.css';

/** Every endpoint of the account, and whether it got the event. */
export function VerdictTable({ event }: { readonly event: Event }) {
  return (
    <div role="table" aria-label="Endpoints" className={styles.table}>
      <div role="row" className={styles.head}>
        <span role="columnheader">Endpoint</span><span role="columnheader">Was it sent?</span><VisuallyHidden role="columnheader">More</VisuallyHidden>
      </div>
      {event.endpoints.map((verdict) => <VerdictRow key={verdict.endpointId} event={event} verdict={verdict} />)}
    </div>
  );
}

function VerdictRow({ event, verdict }: { readonly event: Event; readonly verdict: EventVerdict }) {
  const { endpointId, url, deliveryId } = verdict;
  const { tone, text, at, then, link } = verdictText(verdict, event);
  const name = url ?? endpointId;
  return (
    <div role="row" className={styles.row}>
      <span role="cell" className={styles.endpoint}>
        {verdict.verdict === 'deleted'
          ? <span className={styles.gone}>{name}</span>
          : <Anchor component={Link} to={`/${endpointId}`} inherit className={styles.link}><Breakable url={name} /></Anchor>}
      </span>
      <span role="cell"><ToneText tone={tone}>{text}{at && <> <Moment at={at} /></>}{then}</ToneText></span>
      <span role="cell" className={styles.more}>
        {link === 'delivery' && <Anchor component={Link} to={`/${endpointId}/deliveries/${deliveryId}`} inherit aria-label={`Delivery to ${name}`}>Delivery</Anchor>}
        {link === 'edit' && <Anchor component={Link} to={`/${endpointId}/edit`} inherit aria-label={`Edit ${name}`}>Edit</Anchor>}
      </span>
    </div>
  );
}
