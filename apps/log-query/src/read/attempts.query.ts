import type { EntityManager } from 'typeorm';
import type { LogCursor } from './cursor.ts';

/** Which attempts of an endpoint are wanted, newest first. */
export interface AttemptsWanted {
  readonly accountId: string;
  readonly endpointId: string;
  readonly outcome?: string | undefined;
  readonly eventType?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** Only what comes after this place. */
  readonly after?: LogCursor | undefined;
  readonly limit: number;
}

export interface AttemptRow {
  delivery_id: string;
  created_at: Date;
  attempt: number;
  event_type: string;
  started_at: Date;
  response_time_ms: number;
  outcome: string;
  status_code: number | null;
  error: string | null;
  next_attempt_at: Date | null;
  test: boolean;
}

/** Attempts in the log's order: by their time, those of the same millisecond by delivery and number. */
export async function selectAttempts(manager: EntityManager, wanted: AttemptsWanted): Promise<AttemptRow[]> {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const { accountId, endpointId, outcome, eventType, from, to, after, limit } = wanted;
  const conditions = [
    `endpoint_id = ${parameter(endpointId)}`,
    `account_id = ${parameter(accountId)}`,
    outcome && `outcome = ${parameter(outcome)}`,
    eventType && `event_type = ${parameter(eventType)}`,
    from && `started_at >= ${parameter(from)}`,
    to && `started_at < ${parameter(to)}`,
    after && `(started_at, delivery_id, attempt) < (${parameter(after.startedAt)}, ${parameter(after.deliveryId)}, ${parameter(after.attempt)})`,
  ].filter(Boolean);
  return await manager.query(
    `SELECT delivery_id, created_at, attempt, event_type, started_at, response_time_ms, outcome, status_code, error, next_attempt_at, test
     FROM log.attempts WHERE ${conditions.join(' AND ')}
     ORDER BY started_at DESC, delivery_id DESC, attempt DESC LIMIT ${parameter(limit)}`,
    parameters,
  );
}

export interface HourRow {
  hour: Date;
  success: number;
  retrying: number;
  failed: number;
}

/** How an endpoint's attempts went in each hour since `from`. Tests say nothing of how an endpoint is doing. */
export async function selectHours(manager: EntityManager, { accountId, endpointId, from }: { accountId: string; endpointId: string; from: Date }): Promise<HourRow[]> {
  return await manager.query(
    `SELECT date_trunc('hour', started_at, 'UTC') AS hour,
       (count(*) FILTER (WHERE outcome = 'Success'))::int AS success,
       (count(*) FILTER (WHERE outcome = 'Retrying'))::int AS retrying,
       (count(*) FILTER (WHERE outcome = 'Failed'))::int AS failed
     FROM log.attempts WHERE endpoint_id = $1 AND account_id = $2 AND started_at >= $3 AND NOT test
     GROUP BY 1`,
    [endpointId, accountId, from],
  );
}

/** The events of deliveries, by delivery id. */
export async function selectEventIds(manager: EntityManager, attempts: readonly AttemptRow[]): Promise<Map<string, string | null>> {
  if (attempts.length === 0) return new Map();
  const rows: { delivery_id: string; event_id: string | null }[] = await manager.query(
    'SELECT delivery_id, event_id FROM log.deliveries WHERE delivery_id = ANY($1) AND created_at = ANY($2::timestamptz[])',
    [attempts.map(({ delivery_id }) => delivery_id), attempts.map(({ created_at }) => created_at)],
  );
  return new Map(rows.map(({ delivery_id, event_id }) => [delivery_id, event_id]));
}
