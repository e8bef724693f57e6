import type { EntityManager } from 'typeorm';

/**
 * Lets one of the projections that write the same tables go on at a time, until its transaction ends. Otherwise rows of
 * the `log` could be stored just after the endpoint's deletion, and its erasure, had looked for them; and two that write
 * the same `events` in different orders would wait for each other.
 */
export async function takeTurns(manager: EntityManager, tables: 'log' | 'events'): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`project ${tables}`]);
}
