import { timeOfId, type Attempt } from '@cepro/contracts';
import type pg from 'pg';
import type { LoadEndpoint } from './messages.ts';

const dayMs = 86_400_000;

/** The first attempt of a delivery as the worker records it. */
export function anAttempt(deliveryId: string, { accountId, url }: LoadEndpoint): Attempt {
  const startedAt = new Date(timeOfId(deliveryId) + 5).toISOString();
  return {
    deliveryId, accountId, eventType: 'invoice.paid', attempt: 1, startedAt, responseTimeMs: 42, outcome: 'Success', statusCode: 200, error: null, url,
    requestHeaders: requestHeaders(deliveryId, startedAt), responseBody: Buffer.from('ok').toString('base64'), responseTruncated: false, nextAttemptAt: null,
  };
}

function requestHeaders(deliveryId: string, at: string): Record<string, string> {
  return {
    'Content-Type': 'application/json', 'User-Agent': 'CEPro-Webhooks/1', 'X-Webhook-ID': deliveryId, 'X-Webhook-Signature': 'a5'.repeat(32),
    'X-Webhook-Event': 'invoice.paid', 'X-Webhook-Timestamp': at, 'X-Webhook-Attempt': '1', 'webhook-id': deliveryId, 'webhook-timestamp': '1795507200',
    'webhook-signature': `v1,${'pT7z'.repeat(11)}=`,
  };
}

/** Which endpoints have how much of a log that is filled: one a tenth, one next to nothing, the others the rest in equal parts. */
export interface LogShares {
  readonly large: LoadEndpoint;
  readonly sparse: LoadEndpoint;
  readonly others: readonly LoadEndpoint[];
}

// The rows of a day, number `n` of `$1`: evenly over the day from `$2` (milliseconds since the epoch), and each to the endpoint
// whose turn it is. Ids are made as the contracts make them: UUIDv7 with the time in front.
const source = `
  FROM generate_series(0, $1::int - 1) AS n,
  LATERAL (SELECT $2::bigint + (n * (${dayMs}::bigint)) / $1::int AS ms) AS moment,
  LATERAL (SELECT lpad(to_hex(ms), 12, '0') AS time, md5($2::text || '/' || n) AS random) AS digits,
  LATERAL (SELECT substr(time, 1, 8) || '-' || substr(time, 9, 4) || '-7' || substr(random, 1, 3) || '-8' || substr(random, 4, 3) || '-' || substr(random, 7, 12) AS uuid,
    to_timestamp(ms / 1000.0) AS at) AS made,
  LATERAL (SELECT CASE WHEN n % 10 = 0 THEN $3 WHEN n = 1 THEN $4 ELSE ($5::text[])[1 + (n * 7919::bigint) % cardinality($5::text[])] END AS endpoint_id) AS owner`;

const insertDeliveries = `
  INSERT INTO log.deliveries (delivery_id, created_at, account_id, endpoint_id, event_id, event_type, status, test, payload, attempts,
    next_attempt_at, cancel_reason, config_version, updated_at)
  SELECT 'dlv_' || uuid, at, $6, endpoint_id, 'evt_' || uuid, 'invoice.paid', 'succeeded', false, $7, 1, NULL, NULL, 1, at ${source}`;

const insertAttempts = `
  INSERT INTO log.attempts (delivery_id, attempt, created_at, account_id, endpoint_id, event_type, started_at, response_time_ms, outcome,
    status_code, error, url, request_headers, response_body, response_truncated, next_attempt_at, test)
  SELECT 'dlv_' || uuid, 1, at, $6, endpoint_id, 'invoice.paid', at + interval '5 ms', 42, 'Success', 200, NULL, $8, $7::json, '\\x6f6b', false, NULL, false ${source}`;

/**
 * Writes a whole day of the log with SQL, as the projection would have: so many deliveries with one attempt each, that all
 * belong to one account. The day's partitions must be there.
 * @param day its first moment in UTC, in milliseconds since the epoch.
 */
export async function fillDay(client: pg.Client, day: number, rows: number, { large, sparse, others }: LogShares, payload: string): Promise<void> {
  const common = [rows, day, large.id, sparse.id, others.map(({ id }) => id), large.accountId];
  const headers = JSON.stringify(requestHeaders('dlv_00000000-0000-7000-8000-000000000000', new Date(day).toISOString()));
  await client.query(insertDeliveries, [...common, payload]);
  await client.query(insertAttempts, [...common, headers, large.url]);
}
