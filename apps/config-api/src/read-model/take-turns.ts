import type { EntityManager } from 'typeorm';

/**
 * Lets one projection at a time write, until its transaction ends. Otherwise the health of an endpoint could be stored
 * just after the endpoint's deletion looked for it, and stay for ever.
 */
export async function takeTurns(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', ['project config']);
}
