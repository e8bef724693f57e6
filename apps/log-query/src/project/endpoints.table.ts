import type { EntityManager } from 'typeorm';
import { unnest } from '../database/unnest.ts';
import type { LogEndpoint } from './endpoint.ts';

interface EndpointRow {
  endpoint_id: string;
  account_id: string;
  active: boolean;
  last_disabled_version: string;
  version: string;
  deleted_at: Date | null;
}

/** Those of the endpoints that the log knows. */
export async function knownEndpoints(manager: EntityManager, endpointIds: readonly string[]): Promise<Map<string, LogEndpoint>> {
  const rows: EndpointRow[] = await manager.query(
    `SELECT endpoint_id, account_id, active, last_disabled_version, version, deleted_at FROM log.endpoints WHERE endpoint_id = ANY($1)`,
    [endpointIds],
  );
  return new Map(rows.map((row) => [row.endpoint_id, {
    endpointId: row.endpoint_id,
    accountId: row.account_id,
    active: row.active,
    lastDisabledVersion: Number(row.last_disabled_version),
    version: Number(row.version),
    deleted: row.deleted_at !== null,
  }]));
}

const columns = {
  endpoint_id: 'text', account_id: 'text', active: 'boolean', last_disabled_version: 'bigint', version: 'bigint',
  deleted_at: 'timestamptz', erase_since: 'timestamptz', erase_due_at: 'timestamptz',
} as const;

// In milliseconds, as far as a date of JavaScript goes: the eraser compares it with what it has read.
const now = `date_trunc('milliseconds', clock_timestamp())`;

/** An endpoint as a batch leaves it; `deletedAt` is set if the batch has deleted it. */
export interface EndpointRowChange {
  readonly endpoint: LogEndpoint;
  readonly deletedAt: Date | null;
}

/** Stores endpoints. One that was deleted just now is to be erased at once. */
export async function upsertEndpoints(manager: EntityManager, changes: readonly EndpointRowChange[]): Promise<void> {
  if (changes.length === 0) return;
  const { names, source, parameters } = unnest(columns, changes.map(({ endpoint, deletedAt }) => ({
    endpoint_id: endpoint.endpointId,
    account_id: endpoint.accountId,
    active: endpoint.active,
    last_disabled_version: endpoint.lastDisabledVersion,
    version: endpoint.version,
    deleted_at: deletedAt,
    erase_since: null,
    erase_due_at: null,
  })));
  await manager.query(
    `INSERT INTO log.endpoints AS known (${names})
     SELECT endpoint_id, account_id, active, last_disabled_version, version, deleted_at,
       CASE WHEN deleted_at IS NOT NULL THEN ${now} END, CASE WHEN deleted_at IS NOT NULL THEN ${now} END
     FROM ${source} AS change (${names})
     ON CONFLICT (endpoint_id) DO UPDATE SET
       active = excluded.active,
       last_disabled_version = excluded.last_disabled_version,
       version = excluded.version,
       deleted_at = coalesce(excluded.deleted_at, known.deleted_at),
       erase_since = coalesce(excluded.erase_since, known.erase_since),
       erase_due_at = coalesce(excluded.erase_due_at, known.erase_due_at),
       erased_at = CASE WHEN excluded.erase_since IS NULL THEN known.erased_at END`,
    parameters,
  );
}

/** Those of the endpoints that are deleted: something new was recorded of them, so they are to be erased once more. */
export async function eraseAgain(manager: EntityManager, endpointIds: ReadonlySet<string>): Promise<Set<string>> {
  const rows: { endpoint_id: string }[] = await manager.query(
    `SELECT endpoint_id FROM log.endpoints WHERE endpoint_id = ANY($1) AND deleted_at IS NOT NULL`, [[...endpointIds]],
  );
  const deleted = rows.map(({ endpoint_id }) => endpoint_id);
  if (deleted.length > 0) {
    await manager.query(
      `UPDATE log.endpoints SET erase_since = ${now}, erase_due_at = ${now}, erased_at = NULL WHERE endpoint_id = ANY($1)`, [deleted],
    );
  }
  return new Set(deleted);
}
