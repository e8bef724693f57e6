import { z } from 'zod';
import { isEventType, type EventType } from './catalogue.ts';
import { decodeJson } from './codec.ts';
import { isAccountId, isId } from './ids.ts';
import { fail, ok, type Result } from './result.ts';
import { parseDeliverySubject } from './subjects.ts';
import { traceContextIn, traceHeaders, type TraceContext } from './trace-context.ts';

/** The outcome of an attempt, as the log shows it. `Retrying`: it failed, and another attempt has a due time. */
export const outcomes = ['Success', 'Failed', 'Retrying'] as const;
export type Outcome = (typeof outcomes)[number];

/** Why an attempt got no complete answer. Stable codes: the page words them. */
export const attemptErrors = [
  'url-not-external', 'dns-failed', 'connection-refused', 'connection-failed', 'tls-failed', 'timeout', 'protocol-error',
] as const;
export type AttemptError = (typeof attemptErrors)[number];

/** Why a delivery ended without an answer. */
export const cancelReasons = ['endpoint-disabled'] as const;
export type CancelReason = (typeof cancelReasons)[number];

/** The most of a receiver's answer that is kept: 16 KiB after decompression. */
export const maxResponseBytes = 16 * 1024;

/**
 * One request to be made: its body is the message's body, byte for byte, and the rest travels in headers, so that
 * neither router nor worker has to take the payload apart.
 */
export interface DeliveryRequest {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly accountId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  /** The sequence of the configuration stream up to which its author had read. */
  readonly configVersion: number;
  /** Set on a manual retry: the number of the one attempt to make. */
  readonly attempt?: number;
  /** Set on a delivery that was diverted: how far it had come by then. */
  readonly progress?: DeliveryProgress;
  /** What its attempts follow in their trace, if they are in one. */
  readonly trace?: TraceContext | undefined;
  readonly body: Uint8Array;
}

/** How far a delivery has come. */
export interface DeliveryProgress {
  /** The number of its last attempt, 0 before the first. */
  readonly attempts: number;
  /** When the next one is due, in milliseconds since the epoch; left out before the first. */
  readonly dueAt?: number;
}

const header = {
  deliveryId: 'Webhook-Delivery-Id',
  accountId: 'Webhook-Account-Id',
  eventId: 'Webhook-Event-Id',
  eventType: 'Webhook-Event-Type',
  configVersion: 'Webhook-Config-Version',
  attempt: 'Webhook-Attempt',
  attempts: 'Webhook-Attempts',
  dueAt: 'Webhook-Due-At',
} as const;

/** A message as the wire has it: enough for a codec to read, whatever client received it. */
export interface WireMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  header(name: string): string | undefined;
}

/** The headers of a scheduled delivery, a manual retry or a diverted delivery. The message's body is {@link DeliveryRequest.body} itself. */
export function deliveryRequestHeaders(request: Omit<DeliveryRequest, 'body' | 'endpointId'>): Record<string, string> {
  return {
    [header.deliveryId]: request.deliveryId,
    [header.accountId]: request.accountId,
    [header.eventId]: request.eventId,
    [header.eventType]: request.eventType,
    [header.configVersion]: String(request.configVersion),
    ...(request.attempt !== undefined && { [header.attempt]: String(request.attempt) }),
    ...(request.progress && { [header.attempts]: String(request.progress.attempts) }),
    ...(request.progress?.dueAt !== undefined && { [header.dueAt]: String(request.progress.dueAt) }),
    ...traceHeaders(request.trace),
  };
}

/** Reads a message of fact `scheduled`, `retry` or `diverted`. Never throws. */
export function decodeDeliveryRequest(message: WireMessage): Result<DeliveryRequest> {
  const subject = parseDeliverySubject(message.subject);
  if (!subject.ok) return subject;
  const { endpointId, fact } = subject.value;
  const deliveryId = message.header(header.deliveryId);
  const accountId = message.header(header.accountId);
  const eventId = message.header(header.eventId);
  const eventType = message.header(header.eventType);
  const configVersion = Number(message.header(header.configVersion) ?? Number.NaN);
  if (!isId('dlv', deliveryId)) return fail(`header ${header.deliveryId} is missing or malformed`);
  if (!isAccountId(accountId)) return fail(`header ${header.accountId} is missing or malformed`);
  if (!isId('evt', eventId)) return fail(`header ${header.eventId} is missing or malformed`);
  if (!isEventType(eventType)) return fail(`header ${header.eventType} names no event type`);
  if (!Number.isSafeInteger(configVersion) || configVersion < 0) return fail(`header ${header.configVersion} is missing or malformed`);
  const trace = traceContextIn(message);
  const request = { deliveryId, endpointId, accountId, eventId, eventType, configVersion, body: message.data, ...(trace && { trace }) };
  switch (fact) {
    case 'scheduled':
      return ok(request);
    case 'retry': {
      const attempt = integerIn(message, header.attempt);
      return attempt ? ok({ ...request, attempt }) : fail(`header ${header.attempt} is missing or malformed`);
    }
    case 'diverted': {
      const attempts = integerIn(message, header.attempts);
      if (attempts === undefined) return fail(`header ${header.attempts} is missing or malformed`);
      const dueAt = integerIn(message, header.dueAt);
      if (dueAt === undefined && message.header(header.dueAt) !== undefined) return fail(`header ${header.dueAt} is malformed`);
      return ok({ ...request, progress: { attempts, ...(dueAt !== undefined && { dueAt }) } });
    }
    default:
      return fail(`a message of fact ${fact} asks for no request`);
  }
}

/** A header's whole number, not negative; `undefined` if it is none. */
function integerIn(message: WireMessage, name: string): number | undefined {
  const text = message.header(name);
  const value = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

const attempt = z.object({
  deliveryId: z.string().refine((value) => isId('dlv', value)),
  accountId: z.string().refine(isAccountId),
  eventType: z.string().refine(isEventType),
  attempt: z.int().positive(),
  startedAt: z.iso.datetime(),
  responseTimeMs: z.int().nonnegative(),
  outcome: z.enum(outcomes),
  statusCode: z.int().nullable(),
  error: z.enum(attemptErrors).nullable(),
  /** Where it went: the endpoint's URL of that moment. */
  url: z.string(),
  /** Exactly as sent, the signatures too. */
  requestHeaders: z.record(z.string(), z.string()),
  /** What the receiver answered, up to {@link maxResponseBytes}, in base64, since it may be anything. */
  responseBody: z.base64(),
  responseTruncated: z.boolean(),
  /** When the next attempt is due, if the outcome is `Retrying`. */
  nextAttemptAt: z.iso.datetime().nullable(),
});

/** One attempt, recorded. Times are ISO 8601 in UTC with milliseconds. */
export type Attempt = z.infer<typeof attempt>;

const testedAttempt = attempt.extend({ requestBody: z.string() });

/** A Send Test, recorded: the one attempt and the body that was sent. */
export type TestedAttempt = z.infer<typeof testedAttempt>;

const cancellation = z.object({
  deliveryId: z.string().refine((value) => isId('dlv', value)),
  reason: z.enum(cancelReasons),
  at: z.iso.datetime(),
});

/** A delivery given up before its next attempt. */
export type Cancellation = z.infer<typeof cancellation>;

/** Reads the body of a message of fact `attempted`. Never throws. */
export function decodeAttempt(bytes: Uint8Array): Result<Attempt> {
  return decodeJson(bytes, attempt);
}

const attemptOutcome = attempt.pick({ deliveryId: true, outcome: true });

/** Reads of a message of fact `attempted` no more than how it went: whatever else a newer version has written there. Never throws. */
export function decodeAttemptOutcome(bytes: Uint8Array): Result<z.infer<typeof attemptOutcome>> {
  return decodeJson(bytes, attemptOutcome);
}

/** Reads the body of a message of fact `tested`. Never throws. */
export function decodeTestedAttempt(bytes: Uint8Array): Result<TestedAttempt> {
  return decodeJson(bytes, testedAttempt);
}

/** Reads the body of a message of fact `cancelled`. Never throws. */
export function decodeCancellation(bytes: Uint8Array): Result<Cancellation> {
  return decodeJson(bytes, cancellation);
}

/** `Nats-Msg-Id` of each fact: a fact that is published again is stored once. */
export const deliveryMsgId = {
  scheduled: (deliveryId: string) => deliveryId,
  attempted: (deliveryId: string, attempt: number) => `${deliveryId}:${attempt}`,
  /** `disabledVersion` is that of the change which last switched the endpoint off: a retry that it cancelled may be asked for again. */
  retry: (deliveryId: string, attempt: number, disabledVersion: number) => `${deliveryId}:retry:${attempt}:${disabledVersion}`,
  cancelled: (deliveryId: string, version: number) => `${deliveryId}:cancelled:${version}`,
  /** `sequence` is that of the message that is handed over. */
  diverted: (deliveryId: string, sequence: number) => `${deliveryId}:diverted:${sequence}`,
} as const;
