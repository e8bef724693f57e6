import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { covers, merge, newsIn, since, type Kind } from './live-list.ts';

const pollEveryMs = 1_500;
/** Looking may take this part of the time at most: what is slow to find, as with a filter that hardly matches, is looked for less often. */
const lookingPart = 0.1;
/** Every so many looks go back as far as something late, or open, may be placed. */
const deepEvery = 5;
/** A list that moves faster than it can be followed page by page is begun anew instead. */
const mostNewPages = 10;

/** How many entries are asked for at once. */
export const perPage = 100;

/** What to ask for, beside the filters. */
export interface PageQuery {
  readonly from?: string;
  readonly cursor?: string;
}

export interface LiveListOptions<T> {
  /** Names the list, filters and all. */
  readonly queryKey: readonly unknown[];
  readonly kind: Kind<T>;
  /** The beginning that the filters ask for, if they do. */
  readonly from?: string | undefined;
  /** Asks the API for a page, with the filters. `from` and `cursor` are as given here. */
  readonly page: (query: PageQuery, signal: AbortSignal) => Promise<{ readonly data: T[]; readonly nextCursor: string | null }>;
}

/** A list, newest first: older pages as they are asked for, new entries by themselves. Use it under a key of the filters. */
export function useLiveList<T>({ queryKey, kind, from, page }: LiveListOptions<T>) {
  const queries = useQueryClient();
  const older = useInfiniteQuery({
    queryKey,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => page({ ...(from && { from }), ...(pageParam && { cursor: pageParam }) }, signal),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // What is loaded does not change; what is new comes by the query below.
    staleTime: Infinity,
    gcTime: 0,
    meta: { keptAsLoaded: true },
  });
  const [newer, setNewer] = useState<readonly T[]>([]);
  const looks = useRef({ count: 0, tookMs: 0 });
  const pages = older.data?.pages;
  const entries = useMemo(() => merge(kind, ...(pages ?? []).map(({ data }) => data), newer), [kind, newer, pages]);

  useQuery({
    queryKey: [...queryKey, 'newer'],
    enabled: pages !== undefined,
    refetchInterval: () => Math.max(pollEveryMs, looks.current.tookMs / lookingPart),
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const started = performance.now();
      const isDeep = looks.current.count++ % deepEvery === 0;
      const begin = since(kind, entries);
      const first = begin && (!from || begin > from) ? begin : from;
      const found: T[] = [];
      let cursor: string | undefined;
      for (let pageNumber = 0; ; pageNumber++) {
        if (pageNumber === mostNewPages && found.length > 0) {
          setNewer([]);
          await queries.resetQueries({ queryKey, exact: true });
          return null;
        }
        const { data, nextCursor } = await page({ ...(first && { from: first }), ...(cursor && { cursor }) }, signal);
        const news = newsIn(kind, data, entries);
        found.push(...news);
        cursor = nextCursor ?? undefined;
        if (!cursor || pageNumber === mostNewPages || (news.length === 0 && (!isDeep || covers(kind, data, entries)))) break;
      }
      looks.current.tookMs = performance.now() - started;
      if (found.length > 0) setNewer((before) => merge(kind, before, found));
      return null;
    },
  });
  return { entries, older };
}
