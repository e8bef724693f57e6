import type { DataSource, EntityManager } from 'typeorm';
import { addDays, dayOfPartition, partitionName, type Day } from './day.ts';

// Whoever locks several tables locks them in this order, here as in the projections and for reading: two that wait for each
// other would be a deadlock.
const tables = [
  // Deliveries are updated in place; some room in each page keeps their indexes from growing with it.
  { name: 'deliveries', options: 'WITH (fillfactor = 85)' },
  { name: 'attempts', options: '' },
  // An event becomes known, and then its routing does: each row is written twice.
  { name: 'events', options: 'WITH (fillfactor = 60)' },
] as const;

/** Creates what partitions are missing for the days, inside the caller's transaction. Several may do so at once. */
export async function ensurePartitions(manager: EntityManager, days: Iterable<Day>): Promise<Day[]> {
  const missing = await missingDays(manager, [...days]);
  if (missing.length === 0) return missing;
  await lockPartitions(manager);
  for (const { name, options } of tables) {
    for (const day of missing) {
      await manager.query(
        `CREATE TABLE IF NOT EXISTS log.${partitionName(name, day)} PARTITION OF log.${name}
         FOR VALUES FROM ('${day}T00:00:00Z') TO ('${addDays(day, 1)}T00:00:00Z') ${options}`,
      );
    }
  }
  return missing;
}

/** Drops the partitions of all days before `oldest`, a day at a time, and returns the days. */
export async function dropPartitionsBefore(source: DataSource, oldest: Day): Promise<Day[]> {
  const days = (await partitionDays(source.manager)).filter((day) => day < oldest);
  const dropped: Day[] = [];
  for (const day of days) {
    const mine = await source.transaction(async (manager) => {
      // Dropping takes the whole table for itself. Better to try again later than to hold up everybody behind a slow reader.
      await manager.query(`SET LOCAL lock_timeout = '5s'`);
      await lockPartitions(manager);
      if (!(await partitionDays(manager)).includes(day)) return false;
      for (const { name } of tables) await manager.query(`DROP TABLE IF EXISTS log.${partitionName(name, day)}`);
      return true;
    });
    if (mine) dropped.push(day);
  }
  return dropped;
}

/** The days for which there are partitions, in order. */
export async function partitionDays(manager: EntityManager): Promise<Day[]> {
  const rows: { name: string }[] = await manager.query(
    `SELECT child.relname AS name FROM pg_inherits
     JOIN pg_class child ON child.oid = pg_inherits.inhrelid
     WHERE pg_inherits.inhparent IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS parent (name))`,
    [tables.map(({ name }) => `log.${name}`)],
  );
  return [...new Set(rows.map(({ name }) => dayOfPartition(name)).filter((day) => day !== undefined))].sort();
}

async function missingDays(manager: EntityManager, days: readonly Day[]): Promise<Day[]> {
  const wanted = days.flatMap((day) => tables.map(({ name }) => ({ day, partition: `log.${partitionName(name, day)}` })));
  const rows: { day: Day }[] = await manager.query(
    `SELECT DISTINCT day FROM unnest($1::text[], $2::text[]) AS wanted (day, partition) WHERE to_regclass(partition) IS NULL ORDER BY day`,
    [wanted.map(({ day }) => day), wanted.map(({ partition }) => partition)],
  );
  return rows.map(({ day }) => day);
}

async function lockPartitions(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtext('log partitions'))`);
}
