import { VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import type { LogEntry } from '../api/client.ts';
import list from '../live/live-table.module.css';
import { LiveTable } from '../live/live-table.tsx';
import { attempts } from './attempts.ts';
import { LogRow } from './log-row.tsx';
import styles from './log-table.module.css';

const columns = ['Event', 'Time', 'Status', 'Response time', 'Outcome', 'Attempt'];
const rowHeight = { wide: 48, narrow: 92 };

export interface LogTableProps {
  readonly endpointId: string;
  readonly entries: readonly LogEntry[];
  readonly loadingMore: boolean;
  readonly onEnd: () => void;
}

export function LogTable({ endpointId, entries, loadingMore, onEnd }: LogTableProps) {
  const latest = useMemo(() => latestAttempts(entries), [entries]);
  const head = (
    <div role="row" aria-rowindex={1} className={`${list.head} ${styles.columns}`}>
      {columns.map((column) => <span key={column} role="columnheader">{column}</span>)}
      <VisuallyHidden role="columnheader">Action</VisuallyHidden>
    </div>
  );
  return (
    <LiveTable
      label="Delivery log" what="attempts" kind={attempts} entries={entries} head={head} rowHeight={rowHeight} loadingMore={loadingMore} onEnd={onEnd}
      row={(entry, place) => <LogRow endpointId={endpointId} entry={entry} place={place} isLatest={latest.get(entry.deliveryId) === entry.attempt} />}
    />
  );
}

/** The number of each delivery's last attempt, as far as it is known. */
function latestAttempts(entries: readonly LogEntry[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const { deliveryId, attempt } of entries) latest.set(deliveryId, Math.max(attempt, latest.get(deliveryId) ?? 0));
  return latest;
}
