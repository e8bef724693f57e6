import { VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo } from 'react';
import type { LogEntry } from '../api/client.ts';
import { LogRow } from './log-row.tsx';
import styles from './log-table.module.css';
import { keyOf } from './merge.ts';
import { useSteadyScroll } from './use-steady-scroll.ts';

const columns = ['Event', 'Time', 'Status', 'Response time', 'Outcome', 'Attempt'];
const rowHeight = { wide: 48, narrow: 92 };
/** How many rows before its end the list asks for more. */
const ahead = 30;

export interface LogTableProps {
  readonly endpointId: string;
  readonly entries: readonly LogEntry[];
  readonly loadingMore: boolean;
  readonly onEnd: () => void;
}

/** Entries of the log, of which only those on the screen are in the page. */
export function LogTable({ endpointId, entries, loadingMore, onEnd }: LogTableProps) {
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const height = isNarrow ? rowHeight.narrow : rowHeight.wide;
  const keys = useMemo(() => entries.map(keyOf), [entries]);
  const scroller = useSteadyScroll(keys, height);
  const virtualizer = useVirtualizer({
    count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 10, getItemKey: (index) => keys[index] ?? index,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, height]);
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= entries.length - ahead) onEnd();
  }, [last, entries.length, onEnd]);
  const latest = useMemo(() => latestAttempts(entries), [entries]);
  return (
    <div className={styles.box}>
      <div role="table" aria-label="Delivery log" aria-rowcount={-1}>
        <div role="rowgroup">
          <div role="row" aria-rowindex={1} className={styles.head}>
            {columns.map((column) => <span key={column} role="columnheader">{column}</span>)}
            <VisuallyHidden role="columnheader">Action</VisuallyHidden>
          </div>
        </div>
        <div ref={scroller} className={styles.scroller} tabIndex={0} role="rowgroup" aria-label="Attempts, newest first">
          <div role="presentation" className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
            {rows.map(({ index, key, start }) => {
              const entry = entries[index];
              return entry && (
                <LogRow
                  key={key} endpointId={endpointId} entry={entry} rowIndex={index + 2} style={{ height, transform: `translateY(${start}px)` }}
                  isLatest={latest.get(entry.deliveryId) === entry.attempt}
                />
              );
            })}
          </div>
        </div>
      </div>
      <div role="status" className={styles.more}>{loadingMore && 'Loading older attempts …'}</div>
    </div>
  );
}

/** The number of each delivery's last attempt, as far as it is known. */
function latestAttempts(entries: readonly LogEntry[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const { deliveryId, attempt } of entries) latest.set(deliveryId, Math.max(attempt, latest.get(deliveryId) ?? 0));
  return latest;
}
