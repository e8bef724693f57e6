import {
  decodeAttempt, decodeCancellation, decodeDeliveryRequest, decodeTestedAttempt, fail, ok, parseDeliverySubject, timeOfId,
  type Attempt, type CancelReason, type DeliveryRequest, type EventType, type Result, type WireMessage,
} from '@cepro/contracts';

/** A request to be made, with its body as text. */
export interface StoredRequest {
  readonly accountId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly configVersion: number;
  readonly payload: string;
}

/** Something that happened to a delivery, in a shape that Postgres takes whatever the message held. */
export type Fact = {
  readonly deliveryId: string;
  readonly endpointId: string;
  /** When the stream stored it, in milliseconds since the epoch. */
  readonly storedAt: number;
} & (
  | { readonly what: 'scheduled'; readonly request: StoredRequest }
  | { readonly what: 'retry'; readonly request: StoredRequest; readonly attempt: number }
  | { readonly what: 'attempted'; readonly attempt: Attempt }
  | { readonly what: 'cancelled'; readonly reason: CancelReason }
  /** It goes on in another lane, which is nothing that anybody looks up. */
  | { readonly what: 'diverted' }
  | { readonly what: 'tested'; readonly attempt: Attempt; readonly payload: string }
);

/** Clocks differ, but an id from further ahead than this is garbage: it would make a partition that nobody ever drops. */
const mostAheadMs = 24 * 60 * 60 * 1_000;
const largestInteger = 2 ** 31 - 1;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a message of the deliveries' stream, or says why it can't be read. Never throws. What this lets through can be
 * stored: a row that Postgres refused would stop the projection for good.
 */
export function readFact(message: WireMessage, storedAt: number): Result<Fact> {
  const fact = decode(message, storedAt);
  if (fact.ok && timeOfId(fact.value.deliveryId) > storedAt + mostAheadMs) return fail('the delivery id is from the future');
  return fact;
}

function decode(message: WireMessage, storedAt: number): Result<Fact> {
  const subject = parseDeliverySubject(message.subject);
  if (!subject.ok) return subject;
  const { endpointId, fact } = subject.value;
  switch (fact) {
    case 'scheduled':
    case 'retry': {
      const decoded = decodeDeliveryRequest(message);
      if (!decoded.ok) return decoded;
      const { deliveryId, attempt = 1 } = decoded.value;
      const request = storedRequest(decoded.value);
      if (!request.ok) return request;
      if (attempt > largestInteger) return fail('the attempt is too large a number');
      const common = { deliveryId, endpointId, storedAt, request: request.value };
      return ok(fact === 'retry' ? { ...common, what: 'retry', attempt } : { ...common, what: 'scheduled' });
    }
    case 'attempted': {
      const decoded = decodeAttempt(message.data);
      const attempt = decoded.ok ? storedAttempt(decoded.value) : decoded;
      if (!attempt.ok) return attempt;
      return ok({ what: 'attempted', deliveryId: attempt.value.deliveryId, endpointId, storedAt, attempt: attempt.value });
    }
    case 'tested': {
      const decoded = decodeTestedAttempt(message.data);
      const attempt = decoded.ok ? storedAttempt(decoded.value) : decoded;
      if (!attempt.ok) return attempt;
      const payload = decoded.ok ? storedText(decoded.value.requestBody) : '';
      return ok({ what: 'tested', deliveryId: attempt.value.deliveryId, endpointId, storedAt, attempt: attempt.value, payload });
    }
    case 'diverted': {
      const decoded = decodeDeliveryRequest(message);
      return decoded.ok ? ok({ what: 'diverted', deliveryId: decoded.value.deliveryId, endpointId, storedAt }) : decoded;
    }
    case 'cancelled': {
      const decoded = decodeCancellation(message.data);
      if (!decoded.ok) return decoded;
      const { deliveryId, reason } = decoded.value;
      return ok({ what: 'cancelled', deliveryId, endpointId, storedAt, reason });
    }
  }
}

function storedRequest({ accountId, eventId, eventType, configVersion, body }: DeliveryRequest): Result<StoredRequest> {
  let payload: string;
  try {
    payload = utf8.decode(body);
  } catch {
    return fail('the body is not UTF-8');
  }
  // A retry sends it again exactly: better no entry than one with another body.
  if (payload.includes('\0')) return fail('the body holds a NUL');
  return ok({ accountId, eventId, eventType, configVersion, payload });
}

function storedAttempt(attempt: Attempt): Result<Attempt> {
  const { statusCode, responseTimeMs, startedAt, nextAttemptAt, requestHeaders } = attempt;
  if ([attempt.attempt, responseTimeMs, statusCode ?? 0].some((value) => Math.abs(value) > largestInteger)) {
    return fail('a number is too large');
  }
  if (![startedAt, nextAttemptAt].every((time) => time === null || isStorableTime(time))) return fail('a time is out of range');
  return ok({
    ...attempt,
    // To the millisecond, as the log's cursor has it.
    startedAt: new Date(startedAt).toISOString(),
    nextAttemptAt: nextAttemptAt && new Date(nextAttemptAt).toISOString(),
    url: storedText(attempt.url),
    requestHeaders: Object.fromEntries(Object.entries(requestHeaders).map(([name, value]) => [storedText(name), storedText(value)])),
  });
}

/** ISO 8601 has a year 0, Postgres has not. */
function isStorableTime(time: string): boolean {
  return !Number.isNaN(Date.parse(time)) && !time.startsWith('0000');
}

/** Postgres takes neither a NUL nor half of a surrogate pair. */
function storedText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}
