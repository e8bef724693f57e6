import type { EntityManager } from 'typeorm';
import { unnest } from '../database/unnest.ts';
import type { LogEvent } from './event.ts';

const columns = {
  event_id: 'text', created_at: 'timestamptz', account_id: 'text', event_type: 'text', sequence: 'bigint', config_version: 'bigint',
  deliveries: 'integer', fault: 'text',
} as const;

/**
 * Adds events, each once in `events`, or what became of those that are there. In whatever order an event and its routings
 * come, the row is the same: the first routing stays. A router may know an event's type before the log does.
 */
export async function upsertEvents(manager: EntityManager, events: readonly LogEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { names, source, parameters } = unnest(columns, events.map(({ eventId, createdAt, accountId, eventType, sequence, routed }) => ({
    event_id: eventId,
    created_at: new Date(createdAt),
    account_id: accountId,
    event_type: eventType,
    sequence,
    config_version: routed?.configVersion ?? null,
    deliveries: routed?.deliveries ?? null,
    fault: routed?.fault ?? null,
  })));
  await manager.query(
    `INSERT INTO log.events AS known (${names}) SELECT * FROM ${source}
     ON CONFLICT (event_id, created_at) DO UPDATE SET
       event_type = coalesce(excluded.event_type, known.event_type), config_version = excluded.config_version, deliveries = excluded.deliveries, fault = excluded.fault
     WHERE known.config_version IS NULL AND excluded.config_version IS NOT NULL`,
    parameters,
  );
}
