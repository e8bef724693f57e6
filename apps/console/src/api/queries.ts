import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { paceOf } from '../events/event-pace.ts';
import type { Delivery, Endpoint, Event, EventTypeName } from './client.ts';
import { useApi } from './context.ts';

/** How often what is on the screen is asked for anew, in milliseconds. */
const every = { endpoints: 5_000, stats: 60_000, pendingDelivery: 1_000, endedDelivery: 5_000, event: { moving: 1_000, unsure: 5_000, settled: 30_000 } };

const keys = {
  eventTypes: ['event-types'],
  endpoints: ['endpoints'],
  endpoint: (id: string) => ['endpoints', id],
  stats: (id: string) => ['endpoints', id, 'stats'],
  delivery: (id: string) => ['deliveries', id],
  event: (id: string) => ['events', id],
};

export function useEventTypes() {
  const { api, ask } = useApi();
  return useQuery({ queryKey: keys.eventTypes, staleTime: Infinity, queryFn: async () => (await ask(api.GET('/v1/event-types'))).data });
}

/** All of the account's endpoints: there are few, so there is no second page to turn to. */
export function useEndpoints() {
  const { api, ask } = useApi();
  return useQuery({
    queryKey: keys.endpoints,
    refetchInterval: every.endpoints,
    queryFn: async ({ signal }) => {
      const endpoints: Endpoint[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await ask(api.GET('/v1/webhooks', { params: { query: { limit: 100, ...(cursor && { cursor }) } }, signal }));
        endpoints.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor);
      return endpoints;
    },
  });
}

export function useEndpoint(id: string) {
  const { api, ask } = useApi();
  return useQuery({
    queryKey: keys.endpoint(id),
    refetchInterval: every.endpoints,
    queryFn: ({ signal }) => ask(api.GET('/v1/webhooks/{id}', { params: { path: { id } }, signal })),
  });
}

export function useStats(id: string) {
  const { api, ask } = useApi();
  return useQuery({
    queryKey: keys.stats(id),
    refetchInterval: every.stats,
    queryFn: ({ signal }) => ask(api.GET('/v1/webhooks/{id}/attempts/stats', { params: { path: { id } }, signal })),
  });
}

export function useDelivery(id: string) {
  const { api, ask } = useApi();
  return useQuery({
    queryKey: keys.delivery(id),
    queryFn: ({ signal }): Promise<Delivery> => ask(api.GET('/v1/deliveries/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' ? every.pendingDelivery : every.endedDelivery),
  });
}

export function useEvent(id: string) {
  const { api, ask } = useApi();
  return useQuery({
    queryKey: keys.event(id),
    queryFn: ({ signal }): Promise<Event> => ask(api.GET('/v1/events/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => every.event[state.data ? paceOf(state.data, Date.now()) : 'unsure'],
  });
}

export interface EndpointFields {
  readonly url: string;
  readonly events: EventTypeName[];
  readonly active: boolean;
  readonly description: string | null;
  readonly rateLimit: number | null;
}

/** Makes what was just answered about an endpoint what the page shows. */
function useShowEndpoint() {
  const queries = useQueryClient();
  return async (endpoint: Endpoint) => {
    // One that is under way would put what was before back for a while.
    await queries.cancelQueries({ queryKey: keys.endpoint(endpoint.id), exact: true });
    queries.setQueryData(keys.endpoint(endpoint.id), endpoint);
    await queries.invalidateQueries({ queryKey: keys.endpoints, exact: true });
  };
}

/** Changes an endpoint, or switches it on or off. */
export function useChangeEndpoint(id: string) {
  const { api, ask } = useApi();
  return useMutation({
    mutationFn: (fields: Partial<EndpointFields>) => ask(api.PATCH('/v1/webhooks/{id}', { params: { path: { id } }, body: fields })),
    onSuccess: useShowEndpoint(),
  });
}

export function useDeleteEndpoint(id: string) {
  const { api, ask } = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => { await ask(api.DELETE('/v1/webhooks/{id}', { params: { path: { id } } })); },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.endpoints, exact: true }),
  });
}

export function useSendTest(id: string) {
  const { api, ask } = useApi();
  return useMutation({
    mutationFn: (eventType: EventTypeName) => ask(api.POST('/v1/webhooks/{id}/test', { params: { path: { id } }, body: { eventType } })),
  });
}

export interface ExampleEvent {
  readonly type: EventTypeName;
  readonly data: Record<string, unknown>;
  /** The data as it was written: its numbers go to the API as they are. */
  readonly written: string;
}

/** Asks whether an event would be delivered, and how its request would look. Nothing is sent, and nothing changes. */
export function useExplain(id: string) {
  const { api, ask } = useApi();
  return useMutation({
    mutationFn: ({ type, data, written }: ExampleEvent) => ask(api.POST('/v1/webhooks/{id}/explain', {
      params: { path: { id } }, body: { type, data }, bodySerializer: () => `{"type":${JSON.stringify(type)},"data":${written}}`,
    })),
  });
}

export function useRetry(deliveryId: string) {
  const { api, ask } = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST('/v1/deliveries/{id}/retry', { params: { path: { id: deliveryId } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.delivery(deliveryId) }),
  });
}
