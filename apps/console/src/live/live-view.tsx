import type { ReactNode } from 'react';
import { Failure, Loading } from '../app/states.tsx';
import type { useLiveList } from './use-live-list.ts';

export interface LiveViewProps<T> {
  readonly list: ReturnType<typeof useLiveList<T>>;
  /** "delivery log" */
  readonly what: string;
  /** What stands there instead of an empty list. */
  readonly empty: ReactNode;
  /** The list, given that there is something in it. */
  readonly children: (entries: readonly T[], more: { readonly loadingMore: boolean; readonly onEnd: () => void }) => ReactNode;
}

/** A live list in whatever state it is: being loaded, not to be had, empty, or there. */
export function LiveView<T>({ list: { entries, older }, what, empty, children }: LiveViewProps<T>) {
  if (!older.data) return older.error ? <Failure error={older.error} onRetry={() => void older.refetch()} /> : <Loading what={what} rows={5} />;
  if (entries.length === 0) return empty;
  const loadMore = () => {
    if (older.hasNextPage && !older.isFetchingNextPage && !older.isFetchNextPageError) void older.fetchNextPage();
  };
  return (
    <>
      {children(entries, { loadingMore: older.isFetchingNextPage, onEnd: loadMore })}
      {older.isFetchNextPageError && <Failure error={older.error} onRetry={() => void older.fetchNextPage()} />}
    </>
  );
}
