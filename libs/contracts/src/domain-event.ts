import { z } from 'zod';
import type { EventType } from './catalogue.ts';
import { fail, ok, type Result } from './result.ts';

/** The most that a domain event's body may hold: 256 KiB of UTF-8, a promise to the publishing services. */
export const maxEventBytes = 256 * 1024;

/** Why an event can't be routed. The codes are stable: operators alert on them. */
export type EventFault = 'too-large' | 'not-utf8' | 'not-json' | 'not-an-object' | 'bad-timestamp' | 'no-data';

export interface DomainEvent {
  /** When it occurred: ISO 8601, as the publisher wrote it. */
  readonly timestamp: string;
  /** The exact text that every receiver gets: `event`, `timestamp`, `data`, in this order. */
  readonly requestBody: string;
}

const isoTimestamp = z.iso.datetime({ offset: true });
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a domain event's body, `{"timestamp": ISO 8601, "data": {…}}`; other fields are ignored. Never throws. Numbers
 * in `data` reach the receiver as the publisher wrote them, even those that a double can't hold.
 */
export function decodeDomainEvent(type: EventType, bytes: Uint8Array): Result<DomainEvent, EventFault> {
  if (bytes.byteLength > maxEventBytes) return fail('too-large');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return fail('not-utf8');
  }
  try {
    const body = parseKeepingNumbers(text);
    if (!isObject(body)) return fail('not-an-object');
    const { timestamp, data } = body;
    if (!isTimestamp(timestamp)) return fail('bad-timestamp');
    if (!isObject(data)) return fail('no-data');
    return ok({ timestamp, requestBody: JSON.stringify({ event: type, timestamp, data }) });
  } catch {
    // Either a syntax error, or nesting so deep that it can't be written again.
    return fail('not-json');
  }
}

/**
 * The body that a publisher would send of an event, from JSON text with its `data` and, if it is to have one of its own, its
 * `timestamp`; `now` is the time of one that has none. Numbers stay as they are written.
 * @throws SyntaxError for what is no JSON, RangeError for what is nested too deep to be written again.
 */
export function publishedBody(json: string, now: Date): string {
  const { timestamp = now.toISOString(), data } = parseKeepingNumbers(json) as { timestamp?: unknown; data?: unknown };
  return JSON.stringify({ timestamp, data });
}

/** True for an ISO 8601 date and time with an offset or `Z` that names a real moment. */
export function isTimestamp(value: unknown): value is string {
  return typeof value === 'string' && isoTimestamp.safeParse(value).success;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}

// Numbers that would not be written as they were read: those with 16 digits or more, an exponent, a fraction that ends in
// 0, seven places of zeros, and -0. Most events have none, and then the fast way is exact. What stands around them keeps
// ids and times in strings from being taken for them.
const riskyNumber = /[\s:,[](?:-?[\d.]{16,}|-?[\d.]+[eE][-+]?\d+|-0|-?\d+\.\d*0|-?0\.0{6}\d+)[\s,\]}]/;

/** Parses JSON so that writing it again gives every number as it was, even one that a double can't hold. */
function parseKeepingNumbers(text: string): unknown {
  if (!riskyNumber.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number' || context?.source === undefined || JSON.stringify(value) === context.source) return value;
    return rawJSON(context.source);
  });
}

// In the ECMAScript 2025 proposal "JSON.parse source text access", shipped in Node 21 and later; the library types of
// ES2024 do not have it yet.
const { rawJSON, isRawJSON } = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };
