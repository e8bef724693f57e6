import type { EventEntry } from '../api/client.ts';
import { useApi } from '../api/context.ts';
import { queryOf, type Filters } from '../live/filters.ts';
import { perPage, useLiveList } from '../live/use-live-list.ts';
import { events } from './event-list.ts';

/** The account's events, live. Use it under a key of the filters. */
export function useEvents(filters: Filters) {
  const { api, ask } = useApi();
  const { event, from, to } = queryOf(filters);
  const wanted = { ...(event && { type: event }), ...(from && { from }), ...(to && { to }) };
  return useLiveList<EventEntry>({
    queryKey: ['event-list', wanted],
    kind: events,
    from,
    page: (query, signal) => ask(api.GET('/v1/events', { params: { query: { ...wanted, ...query, limit: perPage } }, signal })),
  });
}
