import { z } from 'zod';
import { isEventType, type EventType } from './catalogue.ts';
import { decodeJson } from './codec.ts';
import { decodeDomainEvent, type EventFault } from './domain-event.ts';
import type { EndpointEvent } from './endpoint.ts';
import { eventIdOf, isAccountId, isId } from './ids.ts';
import { fail, ok, type Result } from './result.ts';
import { parseEventSubject, type EventSubjectFault } from './subjects.ts';

/** What decides whether an endpoint gets an event. */
export interface Subscription {
  readonly active: boolean;
  readonly events: ReadonlySet<EventType> | readonly EventType[];
}

/** Whether an endpoint gets an event of its account: the one rule by which events are routed, counted and explained. */
export function matches(subscription: Subscription, type: EventType): boolean {
  return subscription.active && subscribes(subscription, type);
}

/** Whether an endpoint, on or off, wants events of exactly that type. */
export function subscribes({ events }: Pick<Subscription, 'events'>, type: EventType): boolean {
  return 'has' in events ? events.has(type) : events.includes(type);
}

/** The subscription after something happened to its endpoint; `undefined` before it was created, and after it was deleted. */
export function evolveSubscription(before: Subscription | undefined, event: EndpointEvent): Subscription | undefined {
  switch (event.type) {
    case 'created':
      return before ?? { active: event.active, events: event.events };
    case 'changed':
      return before && event.events ? { ...before, events: event.events } : before;
    case 'enabled':
      return before && { ...before, active: true };
    case 'disabled':
      return before && { ...before, active: false };
    case 'deleted':
      return undefined;
    case 'secret_sealed':
      return before;
  }
}

/** Why an event can't be routed: its body, or its subject. The codes are stable: operators alert on them. */
export const routingFaults = [
  'bad-subject', 'bad-account', 'unknown-type', 'too-large', 'not-utf8', 'not-json', 'not-an-object', 'bad-timestamp', 'no-data',
] as const satisfies readonly (EventFault | EventSubjectFault)[];
export type RoutingFault = (typeof routingFaults)[number];

/** An event as the stream holds it. */
export interface StoredEvent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly sequence: number;
  /** When the stream stored it, in milliseconds since the epoch. */
  readonly storedAt: number;
}

/** An event that can be routed. */
export interface RoutableEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly eventType: EventType;
  /** What every receiver gets, byte for byte. */
  readonly body: Uint8Array;
}

/** Reads an event, or says why it can't be routed. Never throws. */
export function readEvent({ subject, data, sequence, storedAt }: StoredEvent): Result<RoutableEvent, RoutingFault> {
  const address = parseEventSubject(subject);
  if (!address.ok) return address;
  const { accountId, eventType } = address.value;
  const event = decodeDomainEvent(eventType, data);
  if (!event.ok) return event;
  return ok({ eventId: eventIdOf(sequence, storedAt), accountId, eventType, body: Buffer.from(event.value.requestBody) });
}

/** The latest time that an id can carry. */
const latestTime = 2 ** 48 - 1;

/** What a name in a routing may look like: the next version of us may have types and faults that this one does not know. */
const typeName = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;
const faultCode = /^[a-z0-9-]+$/;
const longestName = 64;

const routing = z.object({
  eventId: z.string().refine((value) => isId('evt', value)),
  /** The event's sequence in the stream of events. */
  sequence: z.int().positive(),
  /** When that stream stored it, in milliseconds since the epoch. */
  storedAt: z.int().nonnegative().max(latestTime),
  /** `null` if the subject names no account. */
  accountId: z.string().refine(isAccountId).nullable(),
  /** `null` if the subject names no type of the router's catalogue. One that ours does not have is still a name: nothing here subscribes to it. */
  eventType: z.custom<EventType>((value) => typeof value === 'string' && value.length <= longestName && typeName.test(value)).nullable(),
  /** The sequence of the configuration stream up to which the router had read. */
  configVersion: z.int().nonnegative(),
  /** For how many endpoints a delivery was scheduled. */
  deliveries: z.int().nonnegative(),
  /** Why there are none, if the event was put aside as a dead letter: one of {@link routingFaults}, or of those that came after them. */
  fault: z.string().max(longestName).regex(faultCode).nullable(),
});

/**
 * What became of an event: noted by the router once all its deliveries, or the dead letter, are stored, and before it
 * acknowledges the event. So an event that nobody listened for leaves a trace too, and anybody can find out afterwards by which
 * configuration it was matched. Names no endpoint: what it says may outlive each of them.
 */
export type Routing = z.infer<typeof routing>;

/** The routing of an event, by what the router has found out about it. */
export function routingOf(
  { subject, sequence, storedAt }: Omit<StoredEvent, 'data'>,
  { configVersion, deliveries, fault }: Pick<Routing, 'configVersion' | 'deliveries' | 'fault'>,
): Routing {
  const address = addressIn(subject);
  return { eventId: eventIdOf(sequence, storedAt), sequence, storedAt, ...address, configVersion, deliveries, fault };
}

/** What a subject says of account and type, each by itself: an unknown type may still be an account's. */
export function addressIn(subject: string): Pick<Routing, 'accountId' | 'eventType'> {
  const [, , accountId, ...type] = subject.split('.');
  const eventType = type.join('.');
  return { accountId: isAccountId(accountId) ? accountId : null, eventType: isEventType(eventType) ? eventType : null };
}

/** Reads the body of a routing. Never throws. */
export function decodeRouting(bytes: Uint8Array): Result<Routing> {
  const decoded = decodeJson(bytes, routing);
  if (!decoded.ok) return decoded;
  const { eventId, sequence, storedAt } = decoded.value;
  return eventId === eventIdOf(sequence, storedAt) ? decoded : fail('the id is not that of the event at this sequence');
}
