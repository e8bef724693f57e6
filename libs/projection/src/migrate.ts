import type { DataSource } from 'typeorm';

/**
 * Creates the schema if it is missing and runs what migrations are pending, under a lock, so that replicas may try at
 * the same time. Returns the names of the migrations that ran.
 */
export async function migrate(source: DataSource, schema: string): Promise<string[]> {
  return await locked(source, schema, async () => {
    await source.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    const ran = await source.runMigrations({ transaction: 'each' });
    return ran.map(({ name }) => name);
  });
}

/** Drops the schema with everything in it: it is a view, and the streams hold the record. Services may be using it. */
export async function dropSchema(source: DataSource, schema: string): Promise<void> {
  // Renamed first, which waits for nobody: dropping locks one table after the other, and would be a deadlock with every
  // service that does so in another order.
  const dropped = `${schema}_dropped`;
  await locked(source, schema, async () => {
    await source.query(`DROP SCHEMA IF EXISTS "${dropped}" CASCADE`);
    const found: unknown[] = await source.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
    if (found.length > 0) await source.query(`ALTER SCHEMA "${schema}" RENAME TO "${dropped}"`);
    await source.query(`DROP SCHEMA IF EXISTS "${dropped}" CASCADE`);
  });
}

async function locked<T>(source: DataSource, schema: string, work: () => Promise<T>): Promise<T> {
  const session = source.createQueryRunner();
  await session.connect();
  try {
    await session.query('SELECT pg_advisory_lock(hashtext($1))', [`migrate ${schema}`]);
    return await work();
  } finally {
    await session.query('SELECT pg_advisory_unlock(hashtext($1))', [`migrate ${schema}`]);
    await session.release();
  }
}
