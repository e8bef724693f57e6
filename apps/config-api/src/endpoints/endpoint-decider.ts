import { DomainError, knownEvents, type DisabledReason, type Endpoint, type EndpointEvent, type EndpointState, type EventType } from '@cepro/contracts';

/** Something that somebody wants of an endpoint. `at` is when, ISO 8601 in UTC. */
export type EndpointCommand =
  | {
    readonly type: 'create';
    readonly at: string;
    readonly url: string;
    readonly events: readonly EventType[];
    readonly active: boolean;
    readonly description: string | null;
    readonly rateLimit: number | null;
    readonly sealedSecret: string;
  }
  | ({ readonly type: 'change'; readonly at: string } & EndpointFields)
  | { readonly type: 'delete'; readonly at: string }
  /** `version` is that of the endpoint about which it was decided: of one that changed meanwhile nothing is known. */
  | { readonly type: 'disable'; readonly at: string; readonly reason: DisabledReason; readonly version: number }
  | { readonly type: 'reseal'; readonly at: string; readonly sealedSecret: string };

/** What an admin may change; what is left out stays. */
export interface EndpointFields {
  readonly url?: string | undefined;
  readonly events?: readonly EventType[] | undefined;
  readonly active?: boolean | undefined;
  /** `null` takes it away. */
  readonly description?: string | null | undefined;
  /** Requests per second; `null` takes it away. */
  readonly rateLimit?: number | null | undefined;
}

/**
 * What a command makes happen to an endpoint in that state: nothing, if everything is as it asks for.
 * @throws DomainError `endpoint-not-found` for an endpoint that is absent or deleted, `endpoint-conflict` for an id in use.
 */
export function decide(command: EndpointCommand, state: EndpointState): EndpointEvent[] {
  if (command.type === 'create') return create(command, state);
  if (state.status !== 'live') throw new DomainError('endpoint-not-found');
  switch (command.type) {
    case 'change': return change(command, command.at, state.endpoint);
    case 'disable': {
      const { at, reason, version } = command;
      return state.endpoint.active && state.endpoint.version === version ? [{ type: 'disabled', at, reason }] : [];
    }
    case 'delete': return [{ type: 'deleted', at: command.at }];
    case 'reseal': {
      const { at, sealedSecret } = command;
      return sealedSecret === state.endpoint.sealedSecret ? [] : [{ type: 'secret_sealed', at, sealedSecret }];
    }
  }
}

function create(command: EndpointCommand & { type: 'create' }, state: EndpointState): EndpointEvent[] {
  if (state.status !== 'absent') throw new DomainError('endpoint-conflict');
  const { at, url, events, active, description, rateLimit, sealedSecret } = command;
  return [{ type: 'created', at, url, events: knownEvents(events), active, description, ...(rateLimit !== null && { rateLimit }), sealedSecret }];
}

function change({ url, events, active, description, rateLimit }: EndpointFields, at: string, endpoint: Endpoint): EndpointEvent[] {
  const changed = {
    ...(url !== undefined && url !== endpoint.url && { url }),
    ...(events && !sameEvents(events, endpoint.events) && { events: knownEvents(events) }),
    ...(description !== undefined && description !== endpoint.description && { description }),
    ...(rateLimit !== undefined && rateLimit !== endpoint.rateLimit && { rateLimit }),
  };
  const happened: EndpointEvent[] = [];
  if (Object.keys(changed).length > 0) happened.push({ type: 'changed', at, ...changed });
  if (active === true && !endpoint.active) happened.push({ type: 'enabled', at });
  // One that was switched off for failing stays so, with its reason, when its admin switches it off too.
  if (active === false && endpoint.active) happened.push({ type: 'disabled', at, reason: 'user' });
  return happened;
}

/** The order in which an admin ticks the boxes means nothing. */
function sameEvents(a: readonly EventType[], b: readonly EventType[]): boolean {
  const wanted = new Set(a);
  return wanted.size === new Set(b).size && b.every((event) => wanted.has(event));
}
