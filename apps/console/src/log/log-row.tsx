import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import type { LogEntry } from '../api/client.ts';
import { Moment } from '../app/moment.tsx';
import { duration } from '../app/time.ts';
import { RetryButton } from '../delivery/retry-button.tsx';
import { resultOf } from '../delivery/result.ts';
import type { RowPlace } from '../live/live-table.tsx';
import list from '../live/live-table.module.css';
import styles from './log-table.module.css';
import { OutcomeText } from './outcome-text.tsx';

export interface LogRowProps {
  readonly endpointId: string;
  readonly entry: LogEntry;
  readonly place: RowPlace;
  /** True for the last attempt of its delivery. */
  readonly isLatest: boolean;
}

export function LogRow({ endpointId, entry, place, isLatest }: LogRowProps) {
  const { deliveryId, event, test, timestamp, statusCode, error, responseTimeMs, outcome, attempt } = entry;
  return (
    <div role="row" className={`${list.row} ${styles.columns}`} {...place}>
      <span role="cell" className={styles.event}>
        <Anchor component={Link} to={`/${endpointId}/deliveries/${deliveryId}`} className={list.link} inherit>{event}</Anchor>
        {test && <span className={styles.test}>test</span>}
      </span>
      <span role="cell" className={styles.time}><Moment at={timestamp} /></span>
      <span role="cell" className={styles.status}>{resultOf(statusCode, error) ?? '–'}</span>
      <span role="cell" className={styles.duration}>{duration(responseTimeMs)}</span>
      <span role="cell" className={styles.outcome}><OutcomeText outcome={outcome} /></span>
      <span role="cell" className={styles.attempt}><span className={styles.narrow}>Attempt </span>{attempt}</span>
      <span role="cell" className={styles.action}>{outcome === 'Failed' && isLatest && !test && <RetryButton deliveryId={deliveryId} event={event} compact />}</span>
    </div>
  );
}
