import { timeOfId } from '@cepro/contracts';
import type { EntityManager } from 'typeorm';
import type { DeliveryStatus } from '../project/delivery.ts';

/** Which events of an account are wanted, newest first. */
export interface EventsWanted {
  readonly accountId: string;
  readonly eventType?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** Only what comes after this event. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface EventRow {
  event_id: string;
  created_at: Date;
  /** As the router knew it, whose catalogue may be newer than ours. */
  event_type: string | null;
  sequence: string;
  /** `null` as long as it has not been routed, as the following. */
  config_version: string | null;
  deliveries: number | null;
  fault: string | null;
}

const columns = 'event_id, created_at, event_type, sequence, config_version, deliveries, fault';

/** Events in the list's order: by the time in their ids, those of the same millisecond by the rest of them. */
export async function selectEvents(manager: EntityManager, wanted: EventsWanted): Promise<EventRow[]> {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const { accountId, eventType, from, to, after, limit } = wanted;
  const conditions = [
    `account_id = ${parameter(accountId)}`,
    eventType && `event_type = ${parameter(eventType)}`,
    from && `created_at >= ${parameter(from)}`,
    to && `created_at < ${parameter(to)}`,
    after && `(created_at, event_id) < (${parameter(new Date(timeOfId(after)))}, ${parameter(after)})`,
  ].filter(Boolean);
  return await manager.query(
    `SELECT ${columns} FROM log.events WHERE ${conditions.join(' AND ')}
     ORDER BY created_at DESC, event_id DESC LIMIT ${parameter(limit)}`,
    parameters,
  );
}

/** An event of the account; `undefined` if there is none. */
export async function selectEvent(manager: EntityManager, accountId: string, eventId: string): Promise<EventRow | undefined> {
  const rows: EventRow[] = await manager.query(
    `SELECT ${columns} FROM log.events WHERE event_id = $1 AND created_at = $2 AND account_id = $3`,
    [eventId, new Date(timeOfId(eventId)), accountId],
  );
  return rows[0];
}

/** How those of an event's deliveries are doing that the log knows, by delivery id. They carry the event's time. */
export async function selectStatuses(
  manager: EntityManager, { accountId, eventId, deliveryIds }: { accountId: string; eventId: string; deliveryIds: readonly string[] },
): Promise<Map<string, DeliveryStatus>> {
  const rows: { delivery_id: string; status: DeliveryStatus }[] = await manager.query(
    'SELECT delivery_id, status FROM log.deliveries WHERE delivery_id = ANY($1) AND created_at = $2 AND account_id = $3',
    [deliveryIds, new Date(timeOfId(eventId)), accountId],
  );
  return new Map(rows.map(({ delivery_id, status }) => [delivery_id, status]));
}
