import type { EntityManager } from 'typeorm';
import { unnest } from '../database/unnest.ts';
import type { DeliveryChange, NewAttempt, NewDelivery } from './batch.ts';
import type { DeliveryState } from './delivery.ts';

/** A stretch of time, both ends included: it keeps every statement to the partitions of its batch. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

interface StateRow {
  delivery_id: string;
  status: DeliveryState['status'];
  attempts: number;
  next_attempt_at: Date | null;
  cancel_reason: DeliveryState['cancelReason'];
  config_version: string;
}

/** The states of those of the deliveries that the log knows. */
export async function knownStates(manager: EntityManager, deliveryIds: readonly string[], span: Span): Promise<Map<string, DeliveryState>> {
  const rows: StateRow[] = await manager.query(
    `SELECT delivery_id, status, attempts, next_attempt_at, cancel_reason, config_version FROM log.deliveries
     WHERE delivery_id = ANY($1) AND created_at BETWEEN $2 AND $3`,
    [deliveryIds, span.from, span.to],
  );
  return new Map(rows.map((row) => [row.delivery_id, {
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
    cancelReason: row.cancel_reason,
    configVersion: Number(row.config_version),
  }]));
}

const stateColumns = {
  delivery_id: 'text', created_at: 'timestamptz', status: 'text', attempts: 'integer', next_attempt_at: 'timestamptz',
  cancel_reason: 'text', config_version: 'bigint', updated_at: 'timestamptz',
} as const;

const deliveryColumns = {
  ...stateColumns, account_id: 'text', endpoint_id: 'text', event_id: 'text', event_type: 'text', test: 'boolean', payload: 'text',
} as const;

const attemptColumns = {
  delivery_id: 'text', attempt: 'integer', created_at: 'timestamptz', account_id: 'text', endpoint_id: 'text', event_type: 'text',
  started_at: 'timestamptz', response_time_ms: 'integer', outcome: 'text', status_code: 'integer', error: 'text', url: 'text',
  request_headers: 'json', response_body: 'bytea', response_truncated: 'boolean', next_attempt_at: 'timestamptz', test: 'boolean',
} as const;

/** Adds deliveries that the log did not know. */
export async function insertDeliveries(manager: EntityManager, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  const { names, source, parameters } = unnest(deliveryColumns, deliveries.map((delivery) => ({
    ...stateRow(delivery),
    account_id: delivery.accountId,
    endpoint_id: delivery.endpointId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    test: delivery.test,
    payload: delivery.payload,
  })));
  await manager.query(`INSERT INTO log.deliveries (${names}) SELECT * FROM ${source}`, parameters);
}

/** Brings deliveries that the log knows to their new state. */
export async function updateDeliveries(manager: EntityManager, changes: readonly DeliveryChange[], span: Span): Promise<void> {
  if (changes.length === 0) return;
  const { names, source, parameters } = unnest(stateColumns, changes.map(stateRow));
  await manager.query(
    `UPDATE log.deliveries AS known SET
       status = change.status, attempts = change.attempts, next_attempt_at = change.next_attempt_at,
       cancel_reason = change.cancel_reason, config_version = change.config_version, updated_at = change.updated_at
     FROM ${source} AS change (${names})
     WHERE known.delivery_id = change.delivery_id AND known.created_at = change.created_at
       AND known.created_at BETWEEN $${parameters.length + 1} AND $${parameters.length + 2}`,
    [...parameters, span.from, span.to],
  );
}

/** Adds attempts; one that was stored in the stream twice is taken once. Returns how many were new. */
export async function insertAttempts(manager: EntityManager, attempts: readonly NewAttempt[]): Promise<number> {
  if (attempts.length === 0) return 0;
  const { names, source, parameters } = unnest(attemptColumns, attempts.map(({ endpointId, createdAt, test, attempt }) => ({
    delivery_id: attempt.deliveryId,
    attempt: attempt.attempt,
    created_at: new Date(createdAt),
    account_id: attempt.accountId,
    endpoint_id: endpointId,
    event_type: attempt.eventType,
    started_at: attempt.startedAt,
    response_time_ms: attempt.responseTimeMs,
    outcome: attempt.outcome,
    status_code: attempt.statusCode,
    error: attempt.error,
    url: attempt.url,
    request_headers: JSON.stringify(attempt.requestHeaders),
    response_body: Buffer.from(attempt.responseBody, 'base64'),
    response_truncated: attempt.responseTruncated,
    next_attempt_at: attempt.nextAttemptAt,
    test,
  })));
  const inserted: { count: string }[] = await manager.query(
    `WITH inserted AS (INSERT INTO log.attempts (${names}) SELECT * FROM ${source} ON CONFLICT DO NOTHING RETURNING 1)
     SELECT count(*) FROM inserted`,
    parameters,
  );
  return Number(inserted[0]?.count ?? 0);
}

function stateRow({ deliveryId, createdAt, updatedAt, state }: DeliveryChange) {
  return {
    delivery_id: deliveryId,
    created_at: new Date(createdAt),
    status: state.status,
    attempts: state.attempts,
    next_attempt_at: state.nextAttemptAt,
    cancel_reason: state.cancelReason,
    config_version: state.configVersion,
    updated_at: new Date(updatedAt),
  };
}
