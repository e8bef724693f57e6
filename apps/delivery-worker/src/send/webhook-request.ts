import type { EventType } from '@cepro/contracts';
import { signCePro, signStandard, type SigningKey } from '@cepro/signing';

/** What makes one request to a receiver. */
export interface WebhookRequest {
  readonly deliveryId: string;
  readonly eventType: EventType;
  readonly attempt: number;
  readonly body: Uint8Array;
}

/**
 * The headers of a request: CE Pro's own, which are a promise to receivers, and those of Standard Webhooks, so that its
 * libraries verify the request too. `at` is the time of the attempt.
 */
export function requestHeaders({ deliveryId, eventType, attempt, body }: WebhookRequest, key: SigningKey, at: Date): Record<string, string> {
  const unixSeconds = Math.floor(at.getTime() / 1_000);
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'CEPro-Webhooks/1',
    'X-Webhook-ID': deliveryId,
    'X-Webhook-Signature': signCePro(key, body),
    'X-Webhook-Event': eventType,
    'X-Webhook-Timestamp': at.toISOString(),
    'X-Webhook-Attempt': String(attempt),
    'webhook-id': deliveryId,
    'webhook-timestamp': String(unixSeconds),
    'webhook-signature': signStandard(key, { id: deliveryId, timestamp: unixSeconds, body }),
  };
}
