import { timeOfId } from '@cepro/contracts';
import type { EntityManager } from 'typeorm';
import type { DeliveryStatus } from '../project/delivery.ts';
import type { AttemptRow } from './attempts.query.ts';

export interface DeliveryRow {
  delivery_id: string;
  created_at: Date;
  endpoint_id: string;
  event_id: string | null;
  event_type: string;
  status: DeliveryStatus;
  test: boolean;
  payload: string;
  attempts: number;
  next_attempt_at: Date | null;
  cancel_reason: string | null;
  endpoint_active: boolean;
  /** The sequence of the change that last switched the endpoint off, 0 if none did. */
  endpoint_disabled_version: string;
  /** The sequence up to which the configuration is known. */
  config_position: string;
}

export interface AttemptDetailRow extends AttemptRow {
  url: string;
  request_headers: Record<string, string>;
  response_body: Buffer;
  response_truncated: boolean;
}

/**
 * A delivery of the account, with what is known of its endpoint in the same moment; `undefined` if there is none or its
 * endpoint is deleted.
 */
export async function selectDelivery(manager: EntityManager, accountId: string, deliveryId: string): Promise<DeliveryRow | undefined> {
  const rows: DeliveryRow[] = await manager.query(
    `SELECT delivery.delivery_id, delivery.created_at, delivery.endpoint_id, delivery.event_id, delivery.event_type, delivery.status,
       delivery.test, delivery.payload, delivery.attempts, delivery.next_attempt_at, delivery.cancel_reason,
       endpoint.active AS endpoint_active, endpoint.last_disabled_version AS endpoint_disabled_version,
       (SELECT position FROM log.projections WHERE name = 'endpoints') AS config_position
     FROM log.deliveries AS delivery JOIN log.endpoints AS endpoint USING (endpoint_id)
     WHERE delivery.delivery_id = $1 AND delivery.created_at = $2 AND delivery.account_id = $3
       AND endpoint.account_id = $3 AND endpoint.deleted_at IS NULL`,
    [deliveryId, new Date(timeOfId(deliveryId)), accountId],
  );
  return rows[0];
}

/** All attempts of a delivery, in order. */
export async function selectAttemptsOf(manager: EntityManager, { delivery_id, created_at }: Pick<DeliveryRow, 'delivery_id' | 'created_at'>): Promise<AttemptDetailRow[]> {
  return await manager.query(
    `SELECT delivery_id, created_at, attempt, event_type, started_at, response_time_ms, outcome, status_code, error, next_attempt_at, test,
       url, request_headers, response_body, response_truncated
     FROM log.attempts WHERE delivery_id = $1 AND created_at = $2 ORDER BY attempt`,
    [delivery_id, created_at],
  );
}
