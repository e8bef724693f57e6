import type { DataSource } from 'typeorm';
import { addDays, type Day } from '../partition/day.ts';
import { partitionDays } from '../partition/partitions.table.ts';
import type { AfterPass, Erasure } from './erasure.ts';

/** An endpoint to erase. */
export interface DueErasure extends Erasure {
  readonly endpointId: string;
  readonly accountId: string;
  /** The sequence in the configuration stream of its tombstone. */
  readonly version: number;
}

/** Some of the erasures that are due, the longest due first. */
export async function dueErasures(source: DataSource, limit: number): Promise<DueErasure[]> {
  const rows: { endpoint_id: string; account_id: string; version: string; erase_since: Date; now: Date }[] = await source.query(
    `SELECT endpoint_id, account_id, version, erase_since, clock_timestamp() AS now FROM log.endpoints
     WHERE erase_due_at <= clock_timestamp() ORDER BY erase_due_at LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    endpointId: row.endpoint_id,
    accountId: row.account_id,
    version: Number(row.version),
    since: row.erase_since.getTime(),
    passBegan: row.now.getTime(),
  }));
}

/** How long it is until the next erasure is due, in milliseconds; `undefined` if none is waiting. */
export async function untilNextErasure(source: DataSource): Promise<number | undefined> {
  const rows: { ms: string | null }[] = await source.query(
    `SELECT ceil(extract(epoch FROM min(erase_due_at) - clock_timestamp()) * 1000) AS ms FROM log.endpoints WHERE erase_due_at IS NOT NULL`,
  );
  const ms = rows[0]?.ms;
  return ms === null || ms === undefined ? undefined : Math.max(0, Number(ms));
}

/** Notes what a pass came to. False if something new has made it due again meanwhile, or another process was quicker. */
export async function recordPass(source: DataSource, { endpointId, since }: DueErasure, after: AfterPass): Promise<boolean> {
  const [, count]: [unknown, number] = await source.query(
    `UPDATE log.endpoints SET erase_due_at = $3, erased_at = CASE WHEN $3::timestamptz IS NULL THEN clock_timestamp() END
     WHERE endpoint_id = $1 AND erase_since = $2 AND erased_at IS NULL`,
    [endpointId, new Date(since), after.done ? null : new Date(after.nextPassAt)],
  );
  return count > 0;
}

/** Rows deleted at a time, so that nobody waits long for a lock. */
const chunk = 5_000;

/** Deletes an endpoint's rows, day by day and in chunks. Returns how many there were. */
export async function deleteRows(source: DataSource, endpointId: string): Promise<number> {
  let deleted = 0;
  for (const day of await partitionDays(source.manager)) {
    for (const { table, key } of [{ table: 'attempts', key: 'delivery_id, attempt, created_at' }, { table: 'deliveries', key: 'delivery_id, created_at' }]) {
      deleted += await deleteDay(source, { table, key, day, endpointId });
    }
  }
  return deleted;
}

async function deleteDay(source: DataSource, { table, key, day, endpointId }: { table: string; key: string; day: Day; endpointId: string }): Promise<number> {
  let deleted = 0;
  for (;;) {
    const [, count]: [unknown, number] = await source.query(
      `DELETE FROM log.${table} WHERE (${key}) IN (
         SELECT ${key} FROM log.${table} WHERE endpoint_id = $1 AND created_at >= $2 AND created_at < $3 LIMIT ${chunk}
       ) AND created_at >= $2 AND created_at < $3`,
      [endpointId, new Date(`${day}T00:00:00Z`), new Date(`${addDays(day, 1)}T00:00:00Z`)],
    );
    deleted += count;
    if (count < chunk) return deleted;
  }
}
