import {
  decodeDomainEvent, eventSubject, isAccountId, isEventType, isTimestamp, maxEventBytes, traceContextOf,
  type EventData, type EventFault, type EventType, type TraceContext,
} from '@cepro/contracts';
import { InvalidEventError } from './errors.ts';

/** Something that happened in a domain service. */
export interface WebhookEvent<T extends EventType = EventType> {
  readonly type: T;
  /** Whose event it is: `[A-Za-z0-9_-]{1,64}`. */
  readonly accountId: string;
  /**
   * Names this event within the service: printable ASCII without spaces, up to 128 characters. Publishing an id again
   * within ten minutes stores nothing, so it must be the same for every try of one event, and no other event's.
   */
  readonly id: string;
  /** When it occurred: a `Date`, or ISO 8601 with an offset or `Z`. Default: now. */
  readonly timestamp?: Date | string | undefined;
  readonly data: EventData<T>;
  /** The W3C trace context to go on with. A malformed one is left out, as its specification asks. */
  readonly traceparent?: string | undefined;
  /** What belongs to `traceparent`, if there is any. One of more than 512 characters is left out. */
  readonly tracestate?: string | undefined;
}

/** An event as it goes to the server. */
export interface EventMessage {
  readonly subject: string;
  readonly msgId: string;
  readonly body: Uint8Array;
  readonly trace: TraceContext | undefined;
}

const eventId = /^[\x21-\x7e]{1,128}$/;

/**
 * The message of an event. It is read back with the router's own decoder, so that what passes here is never
 * dead-lettered there.
 * @throws InvalidEventError with every fault at once.
 */
export function eventMessage(domain: string, event: WebhookEvent): EventMessage {
  // Types bind TypeScript callers only.
  if (typeof event !== 'object' || event === null) throw new InvalidEventError(['the event must be an object']);
  const { type, accountId, id, traceparent, tracestate } = event;
  const faults: string[] = [];
  if (!isEventType(type)) faults.push('type must be one of the catalogue');
  if (!isAccountId(accountId)) faults.push('accountId must match [A-Za-z0-9_-]{1,64}');
  if (typeof id !== 'string' || !eventId.test(id)) faults.push('id must be 1 to 128 printable ASCII characters without spaces');
  const timestamp = timestampOf(event.timestamp);
  if (!isTimestamp(timestamp)) faults.push(wording['bad-timestamp']);
  const { json, fault, cause } = jsonOf(event.data);
  if (fault) faults.push(fault);
  const body = new TextEncoder().encode(`{"timestamp":${JSON.stringify(timestamp)},"data":${json}}`);
  if (json !== undefined) {
    const decoded = decodeDomainEvent(type, body);
    const text = decoded.ok ? undefined : wording[decoded.reason];
    if (text && !faults.includes(text)) faults.push(decoded.ok || decoded.reason !== 'too-large' ? text : `${text}; it has ${body.byteLength}`);
  }
  if (faults.length > 0) throw new InvalidEventError(faults, { cause });
  return {
    subject: eventSubject(accountId, type),
    msgId: `${domain}:${id}`,
    body,
    trace: traceContextOf(traceparent, tracestate),
  };
}

const wording: Record<EventFault, string> = {
  'too-large': `the event's JSON must not have more than ${maxEventBytes} bytes`,
  'not-utf8': 'the event must be UTF-8',
  'not-json': 'data is nested too deeply',
  'not-an-object': 'the event must be an object',
  'bad-timestamp': 'timestamp must be a valid Date, or ISO 8601 with an offset or Z, such as 2026-03-08T14:30:00Z',
  'no-data': 'data must be an object',
};

function timestampOf(timestamp: unknown): unknown {
  if (timestamp === undefined) return new Date().toISOString();
  if (!(timestamp instanceof Date)) return timestamp;
  return Number.isNaN(timestamp.getTime()) ? 'Invalid Date' : timestamp.toISOString();
}

/** Data as JSON, or why it can't be written: it holds a BigInt, or itself, or is nothing that JSON knows. */
function jsonOf(data: unknown): { json?: string; fault?: string; cause?: unknown } {
  try {
    // The types of the library leave out that there is no JSON for a function or for undefined.
    const json = JSON.stringify(data) as string | undefined;
    if (json === undefined || !json.startsWith('{')) return { fault: wording['no-data'] };
    return { json };
  } catch (cause) {
    if (cause instanceof RangeError) return { fault: wording['not-json'], cause };
    // The first line of the text names the kind of fault; those after it name fields on the way to it.
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : 'its toJSON failed';
    return { fault: `data can not be written as JSON: ${reason}`, cause };
  }
}
