import type { EntityManager } from 'typeorm';

/**
 * Lets one projection at a time write, until its transaction ends. Otherwise rows could be stored just after the
 * endpoint's deletion, and its erasure, had looked for them.
 */
export async function takeTurns(manager: EntityManager): Promise<void> {
  await manager.query(`SELECT pg_advisory_xact_lock(hashtext('project log'))`);
}
