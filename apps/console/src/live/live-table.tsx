import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, useEffect, useMemo, type CSSProperties, type ReactNode } from 'react';
import type { Kind } from './live-list.ts';
import styles from './live-table.module.css';
import { useSteadyScroll } from './use-steady-scroll.ts';

/** How many rows before its end the list asks for more. */
const ahead = 30;

/** What a row of the table has to be given. */
export interface RowPlace {
  readonly 'aria-rowindex': number;
  readonly style: CSSProperties;
}

export interface LiveTableProps<T> {
  readonly label: string;
  /** What the entries are: "attempts". */
  readonly what: string;
  readonly kind: Kind<T>;
  readonly entries: readonly T[];
  /** The row of the columns' heads. */
  readonly head: ReactNode;
  readonly row: (entry: T, place: RowPlace) => ReactNode;
  /** In pixels; all rows are of one height. */
  readonly rowHeight: { readonly wide: number; readonly narrow: number };
  readonly loadingMore: boolean;
  readonly onEnd: () => void;
}

/** Entries of a list, of which only those on the screen are in the page. */
export function LiveTable<T>({ label, what, kind, entries, head, row, rowHeight, loadingMore, onEnd }: LiveTableProps<T>) {
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const height = isNarrow ? rowHeight.narrow : rowHeight.wide;
  const keys = useMemo(() => entries.map(kind.keyOf), [entries, kind]);
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
  return (
    <div className={styles.box}>
      <div role="table" aria-label={label} aria-rowcount={-1}>
        <div role="rowgroup">{head}</div>
        <div ref={scroller} className={styles.scroller} tabIndex={0} role="rowgroup" aria-label={`${what.charAt(0).toUpperCase()}${what.slice(1)}, newest first`}>
          <div role="presentation" className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
            {rows.map(({ index, key, start }) => {
              const entry = entries[index];
              return entry && <Fragment key={key}>{row(entry, { 'aria-rowindex': index + 2, style: { height, transform: `translateY(${start}px)` } })}</Fragment>;
            })}
          </div>
        </div>
      </div>
      <div role="status" className={styles.more}>{loadingMore && `Loading older ${what} …`}</div>
    </div>
  );
}
