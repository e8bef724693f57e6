import { addressIn, decodeRouting, eventIdOf, fail, ok, type Result, type Routing } from '@cepro/contracts';

/** What the log keeps of an event. */
export interface LogEvent {
  readonly eventId: string;
  /** When the stream stored it, in milliseconds since the epoch: the time inside its id. */
  readonly createdAt: number;
  readonly accountId: string;
  /** `null` if nobody has found a type of the catalogue in its subject. */
  readonly eventType: string | null;
  /** Its sequence in the stream of events. */
  readonly sequence: number;
  /** What became of it; `null` as long as nobody has said. */
  readonly routed: Pick<Routing, 'configVersion' | 'deliveries' | 'fault'> | null;
}

/** A message, as far as it matters here. */
interface Message {
  readonly subject: string;
  readonly seq: number;
  readonly time: Date;
  readonly data: Uint8Array;
}

/** Clocks differ, but a routing of an event from further ahead than this is garbage: it would make a partition that nobody ever drops. */
const mostAheadMs = 24 * 60 * 60 * 1_000;
const largestInteger = 2 ** 31 - 1;

/** The event that a message of the stream of events is; `undefined` for one that is no account's, which nobody could ask for. */
export function readPublished({ subject, seq: sequence, time }: Omit<Message, 'data'>): LogEvent | undefined {
  const { accountId, eventType } = addressIn(subject);
  if (accountId === null) return undefined;
  const createdAt = time.getTime();
  return { eventId: eventIdOf(sequence, createdAt), createdAt, accountId, eventType, sequence, routed: null };
}

/**
 * The event that a routing is about, with what became of it; `undefined` for one that is no account's. Never throws. What this
 * lets through can be stored: a row that Postgres refused would stop the projection for good.
 */
export function readRouting({ data, time }: Pick<Message, 'data' | 'time'>): Result<LogEvent | undefined> {
  const decoded = decodeRouting(data);
  if (!decoded.ok) return decoded;
  const { eventId, sequence, storedAt, accountId, eventType, configVersion, deliveries, fault } = decoded.value;
  if (storedAt > time.getTime() + mostAheadMs) return fail('the event is from the future');
  if (deliveries > largestInteger) return fail('a number is too large');
  if (accountId === null) return ok(undefined);
  return ok({ eventId, createdAt: storedAt, accountId, eventType, sequence, routed: { configVersion, deliveries, fault } });
}

/** Each event once, with the first routing that was noted of it: one that comes after a time says only that it was routed again. */
export function eachOnce(events: readonly LogEvent[]): LogEvent[] {
  const found = new Map<string, LogEvent>();
  for (const event of events) {
    if (!found.get(event.eventId)?.routed) found.set(event.eventId, event);
  }
  return [...found.values()];
}
