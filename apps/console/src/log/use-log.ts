import type { LogEntry } from '../api/client.ts';
import { useApi } from '../api/context.ts';
import { queryOf, type Filters } from '../live/filters.ts';
import { perPage, useLiveList } from '../live/use-live-list.ts';
import { attempts } from './attempts.ts';

/** The log of an endpoint, live. Use it under a key of the filters. */
export function useLog(endpointId: string, filters: Filters) {
  const { api, ask } = useApi();
  const wanted = queryOf(filters);
  return useLiveList<LogEntry>({
    queryKey: ['log', endpointId, wanted],
    kind: attempts,
    from: wanted.from,
    page: (query, signal) => ask(api.GET('/v1/webhooks/{id}/attempts', {
      params: { path: { id: endpointId }, query: { ...wanted, ...query, limit: perPage } }, signal,
    })),
  });
}
