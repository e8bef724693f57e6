import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import type { LogEntry } from '../api/client.ts';
import { useApi } from '../api/context.ts';
import { queryOf, type LogFilters, type LogQuery } from './filters.ts';
import { covers, merge, since, without } from './merge.ts';

const pollEveryMs = 1_500;
/** Looking may take this part of the time at most: what is slow to find, as with a filter that hardly matches, is looked for less often. */
const lookingPart = 0.1;
/** Every so many looks go back as far as attempts that took long may be placed. */
const deepEvery = 5;
const perPage = 100;
/** A log that moves faster than it can be followed page by page is begun anew instead. */
const mostNewPages = 10;

/** The log of an endpoint: older pages as they are asked for, new entries by themselves. Use it under a key of the filters. */
export function useLog(endpointId: string, filters: LogFilters) {
  const { api, ask } = useApi();
  const queries = useQueryClient();
  const wanted = queryOf(filters);
  const key = ['log', endpointId, wanted];
  const page = (query: LogQuery, cursor: string | undefined, signal: AbortSignal) => ask(api.GET('/v1/webhooks/{id}/attempts', {
    params: { path: { id: endpointId }, query: { ...query, limit: perPage, ...(cursor && { cursor }) } }, signal,
  }));

  const older = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => page(wanted, pageParam, signal),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // What is loaded does not change; what is new comes by the query below.
    staleTime: Infinity,
    gcTime: 0,
    meta: { keptAsLoaded: true },
  });
  const [newer, setNewer] = useState<readonly LogEntry[]>([]);
  const looks = useRef({ count: 0, tookMs: 0 });
  const pages = older.data?.pages;
  const entries = useMemo(() => merge(newer, ...(pages ?? []).map(({ data }) => data)), [newer, pages]);

  useQuery({
    queryKey: [...key, 'newer'],
    enabled: pages !== undefined,
    refetchInterval: () => Math.max(pollEveryMs, looks.current.tookMs / lookingPart),
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const started = performance.now();
      const isDeep = looks.current.count++ % deepEvery === 0;
      const begin = since(entries[0]);
      const query = { ...wanted, ...(begin && (!wanted.from || begin > wanted.from) && { from: begin }) };
      const found: LogEntry[] = [];
      let cursor: string | undefined;
      for (let pageNumber = 0; ; pageNumber++) {
        if (pageNumber === mostNewPages && found.length > 0) {
          setNewer([]);
          await queries.resetQueries({ queryKey: key, exact: true });
          return null;
        }
        const { data, nextCursor } = await page(query, cursor, signal);
        const added = without(data, entries);
        found.push(...added);
        cursor = nextCursor ?? undefined;
        if (!cursor || pageNumber === mostNewPages || (added.length === 0 && (!isDeep || covers(data, entries[0])))) break;
      }
      looks.current.tookMs = performance.now() - started;
      if (found.length > 0) setNewer((before) => merge(found, before));
      return null;
    },
  });
  return { entries, older };
}
