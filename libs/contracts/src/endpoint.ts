import { z } from 'zod';
import { eventTypes, type EventType } from './catalogue.ts';
import { decodeJson } from './codec.ts';
import type { Result } from './result.ts';

/**
 * Why an endpoint is off: `user`, its admin switched it off; `failing`, no success for too long; `gone`, the receiver
 * kept answering 410.
 */
export const disabledReasons = ['user', 'failing', 'gone'] as const;
export type DisabledReason = (typeof disabledReasons)[number];

const at = z.iso.datetime();
// An older process reads what a newer one wrote: an event type that it does not know is kept, and matches nothing.
const subscribed = z.array(z.string()).transform((names) => names as EventType[]);
/** At most so many requests in a second; `null` for as many as it takes. Not there in events from before there was such a limit. */
const rateLimit = z.int().positive().nullable();

const endpointEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('created'),
    at,
    url: z.string(),
    events: subscribed,
    active: z.boolean(),
    description: z.string().nullable(),
    rateLimit: rateLimit.optional(),
    /** The signing secret, encrypted and bound to the account and the endpoint; never in the clear. */
    sealedSecret: z.string(),
  }),
  z.object({
    type: z.literal('changed'),
    at,
    url: z.string().optional(),
    events: subscribed.optional(),
    description: z.string().nullable().optional(),
    rateLimit: rateLimit.optional(),
  }),
  z.object({ type: z.literal('enabled'), at }),
  z.object({ type: z.literal('disabled'), at, reason: z.enum(disabledReasons) }),
  z.object({ type: z.literal('secret_sealed'), at, sealedSecret: z.string() }),
  z.object({ type: z.literal('deleted'), at }),
]);

/** Something that happened to an endpoint. Times are ISO 8601 in UTC. */
export type EndpointEvent = z.infer<typeof endpointEvent>;

const endpointChange = z.array(endpointEvent).min(1);

/** An endpoint as its events make it. */
export interface Endpoint {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly events: readonly EventType[];
  readonly active: boolean;
  readonly description: string | null;
  /** The most requests in a second that its admin wants it to get, `null` for no such limit. */
  readonly rateLimit: number | null;
  readonly sealedSecret: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: string | null;
  /**
   * The version with which it was last switched off, 0 if never. A delivery scheduled under an earlier version is
   * cancelled, even if the endpoint is on again by the time its retry is due.
   */
  readonly lastDisabledVersion: number;
  /** The sequence in the configuration stream of its last change. */
  readonly version: number;
}

/** What is known of an endpoint id. After `deleted` nothing but the id and the version is left. */
export type EndpointState =
  | { readonly status: 'absent' }
  | { readonly status: 'live'; readonly endpoint: Endpoint }
  | { readonly status: 'deleted'; readonly id: string; readonly accountId: string; readonly version: number; readonly deletedAt: string };

/** Where every endpoint begins. */
export const absentEndpoint: EndpointState = { status: 'absent' };

/** One appended message: what one command did, all or nothing. */
export interface EndpointChange {
  readonly accountId: string;
  readonly endpointId: string;
  /** The message's sequence in the configuration stream. */
  readonly version: number;
  readonly events: readonly EndpointEvent[];
}

/** The state after a change. Events that make no sense for the state are passed over: the record is never refused. */
export function evolveEndpoint(state: EndpointState, change: EndpointChange): EndpointState {
  return change.events.reduce((before, event) => apply(before, event, change), state);
}

function apply(state: EndpointState, event: EndpointEvent, { accountId, endpointId, version }: EndpointChange): EndpointState {
  if (event.type === 'deleted') return { status: 'deleted', id: endpointId, accountId, version, deletedAt: event.at };
  if (event.type === 'created') {
    if (state.status !== 'absent') return state;
    const { at: createdAt, url, events, active, description, rateLimit = null, sealedSecret } = event;
    return {
      status: 'live',
      endpoint: {
        id: endpointId, accountId, url, events, active, description, rateLimit, sealedSecret, createdAt, updatedAt: createdAt, version,
        disabledReason: active ? null : 'user',
        disabledAt: active ? null : createdAt,
        lastDisabledVersion: active ? 0 : version,
      },
    };
  }
  if (state.status !== 'live') return state;
  const changed = (fields: Partial<Endpoint>): EndpointState => ({
    status: 'live',
    endpoint: { ...state.endpoint, ...fields, updatedAt: event.at, version },
  });
  switch (event.type) {
    case 'changed': {
      const { url, events, description, rateLimit } = event;
      return changed({
        ...(url !== undefined && { url }), ...(events && { events }),
        ...(description !== undefined && { description }), ...(rateLimit !== undefined && { rateLimit }),
      });
    }
    case 'enabled':
      return changed({ active: true, disabledReason: null, disabledAt: null });
    case 'disabled':
      return changed({ active: false, disabledReason: event.reason, disabledAt: event.at, lastDisabledVersion: version });
    case 'secret_sealed':
      // Re-encryption is ours, not the admin's: it is no update that anybody should see.
      return { status: 'live', endpoint: { ...state.endpoint, sealedSecret: event.sealedSecret, version } };
  }
}

/** The body of a configuration message. */
export function encodeEndpointEvents(events: readonly EndpointEvent[]): string {
  return JSON.stringify(events);
}

/** Reads a configuration message's body. Never throws. */
export function decodeEndpointEvents(bytes: Uint8Array): Result<EndpointEvent[]> {
  return decodeJson(bytes, endpointChange);
}

/** The subscribed types that this process knows, in the catalogue's order. */
export function knownEvents(events: readonly EventType[]): EventType[] {
  return eventTypes.filter((type) => events.includes(type));
}
