import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import type { EventEntry } from '../api/client.ts';
import { Moment } from '../app/moment.tsx';
import { ToneText } from '../app/tone.tsx';
import list from '../live/live-table.module.css';
import { LiveTable, type RowPlace } from '../live/live-table.tsx';
import { events } from './event-list.ts';
import { resultOf } from './event-result.ts';
import styles from './event-table.module.css';

const columns = ['Event', 'Received', 'What came of it'];
const rowHeight = { wide: 48, narrow: 76 };

export interface EventTableProps {
  readonly entries: readonly EventEntry[];
  readonly loadingMore: boolean;
  readonly onEnd: () => void;
}

export function EventTable({ entries, loadingMore, onEnd }: EventTableProps) {
  const head = (
    <div role="row" aria-rowindex={1} className={`${list.head} ${styles.columns}`}>
      {columns.map((column) => <span key={column} role="columnheader">{column}</span>)}
    </div>
  );
  return (
    <LiveTable
      label="Events" what="events" kind={events} entries={entries} head={head} rowHeight={rowHeight} loadingMore={loadingMore} onEnd={onEnd}
      row={(entry, place) => <EventRow entry={entry} place={place} />}
    />
  );
}

function EventRow({ entry, place }: { readonly entry: EventEntry; readonly place: RowPlace }) {
  const { tone, text } = resultOf(entry);
  return (
    <div role="row" className={`${list.row} ${styles.columns}`} {...place}>
      <span role="cell" className={styles.event}>
        <Anchor component={Link} to={`/events/${entry.id}`} className={list.link} inherit>{entry.type ?? 'Unknown type'}</Anchor>
      </span>
      <span role="cell" className={styles.time}><Moment at={entry.receivedAt} /></span>
      <span role="cell" className={styles.result}><ToneText tone={tone}>{text}</ToneText></span>
    </div>
  );
}
