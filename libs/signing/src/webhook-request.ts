import type { Body } from './body.ts';
import { signCePro } from './ce-pro.ts';
import type { SigningKey } from './secret.ts';
import { signStandard } from './standard.ts';

/** What makes one request to a receiver. */
export interface WebhookRequest {
  readonly deliveryId: string;
  readonly eventType: string;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** What is sent, byte for byte. */
  readonly body: Body;
}

/**
 * The headers of a request: CE Pro's own, which are a promise to receivers, and those of Standard Webhooks, so that its
 * libraries verify the request too. `at` is the time of the attempt.
 */
export function requestHeaders({ deliveryId, eventType, attempt, body }: WebhookRequest, key: SigningKey, at: Date): Record<string, string> {
  const unixSeconds = Math.floor(at.getTime() / 1_000);
  return headers({
    deliveryId,
    eventType,
    attempt,
    isoTime: at.toISOString(),
    unixTime: String(unixSeconds),
    cePro: signCePro(key, body),
    standard: signStandard(key, { id: deliveryId, timestamp: unixSeconds, body }),
  });
}

/**
 * The headers of the first attempt at an event of that type, as an example for people to read. What only a real attempt has
 * is named and not given: whoever got signatures of texts of their own could make requests that look like CE Pro's.
 */
export function exampleHeaders(eventType: string): Record<string, string> {
  return headers({
    deliveryId: '<id of the delivery>',
    eventType,
    attempt: 1,
    isoTime: '<time of the attempt>',
    unixTime: '<time of the attempt in Unix seconds>',
    cePro: '<HMAC-SHA256 of the body in hex>',
    standard: 'v1,<signature of id, time and body in base64>',
  });
}

interface Values {
  readonly deliveryId: string;
  readonly eventType: string;
  readonly attempt: number;
  readonly isoTime: string;
  readonly unixTime: string;
  readonly cePro: string;
  readonly standard: string;
}

function headers({ deliveryId, eventType, attempt, isoTime, unixTime, cePro, standard }: Values): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'CEPro-Webhooks/1',
    'X-Webhook-ID': deliveryId,
    'X-Webhook-Signature': cePro,
    'X-Webhook-Event': eventType,
    'X-Webhook-Timestamp': isoTime,
    'X-Webhook-Attempt': String(attempt),
    'webhook-id': deliveryId,
    'webhook-timestamp': unixTime,
    'webhook-signature': standard,
  };
}
