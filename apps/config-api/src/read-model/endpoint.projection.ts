import {
  absentEndpoint, evolveEndpoint, streams, type Endpoint, type EndpointEvent, type EndpointState,
} from '@cepro/contracts';
import { readChange } from '@cepro/jetstream';
import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import { In, type EntityManager } from 'typeorm';
import { EndpointRow } from './endpoint.entity.ts';
import { takeTurns } from './take-turns.ts';

/** Keeps `config.endpoints` as the configuration stream has it. */
export class EndpointProjection implements Projection {
  readonly name = 'endpoints';
  readonly stream = streams.config;

  constructor(private readonly logger: Logger) {}

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const changes = messages.flatMap((message) => {
      const change = readChange(message);
      if (change.ok) return [change.value];
      this.logger.error(
        { subject: message.subject, sequence: message.seq, reason: change.reason }, 'a configuration message can not be read; passed over',
      );
      return [];
    });
    if (changes.length === 0) return;
    await takeTurns(manager);
    const ids = [...new Set(changes.map(({ endpointId }) => endpointId))];
    const states = new Map<string, EndpointState>();
    for (const row of await manager.findBy(EndpointRow, { id: In(ids) })) states.set(row.id, stateOf(row));
    const disablings = new Map<string, SystemDisabling>();
    for (const change of changes) {
      states.set(change.endpointId, evolveEndpoint(states.get(change.endpointId) ?? absentEndpoint, change));
      const disabling = change.events.findLast(isSystemDisabling);
      if (disabling) disablings.set(change.endpointId, disabling);
    }
    await storeRows(manager, [...states].flatMap(([id, state]) => rowOf(state, disablings.get(id))));
  }
}

/**
 * That the system switched the endpoint off. It is kept even if the endpoint is switched on again at once, since CE Pro has to
 * be told of it.
 */
type SystemDisabling = EndpointEvent & { type: 'disabled' };

function isSystemDisabling(event: EndpointEvent): event is SystemDisabling {
  return event.type === 'disabled' && event.reason !== 'user';
}

async function storeRows(manager: EntityManager, rows: readonly Record<string, unknown>[]): Promise<void> {
  await manager.query(
    `INSERT INTO config.endpoints SELECT * FROM json_populate_recordset(NULL::config.endpoints, $1)
     ON CONFLICT (id) DO UPDATE SET
       url = excluded.url, events = excluded.events, active = excluded.active, description = excluded.description,
       rate_limit = excluded.rate_limit, disabled_reason = excluded.disabled_reason, disabled_at = excluded.disabled_at,
       created_at = excluded.created_at, updated_at = excluded.updated_at, version = excluded.version, deleted_at = excluded.deleted_at,
       system_disabled_at = CASE WHEN excluded.deleted_at IS NULL THEN coalesce(excluded.system_disabled_at, endpoints.system_disabled_at) END,
       system_disabled_reason = CASE WHEN excluded.deleted_at IS NULL THEN coalesce(excluded.system_disabled_reason, endpoints.system_disabled_reason) END`,
    [JSON.stringify(rows)],
  );
  const deleted = rows.filter(({ deleted_at: deletedAt }) => deletedAt !== undefined).map(({ id }) => id);
  if (deleted.length === 0) return;
  for (const table of ['endpoint_health', 'endpoint_notices']) await manager.query(`DELETE FROM config.${table} WHERE endpoint_id = ANY($1)`, [deleted]);
}

function stateOf(row: EndpointRow): EndpointState {
  const { id, accountId, url, events, active, description, rateLimit, disabledReason, disabledAt, createdAt, updatedAt, deletedAt } = row;
  const version = Number(row.version);
  if (deletedAt) return { status: 'deleted', id, accountId, version, deletedAt: deletedAt.toISOString() };
  // What the view does not hold, it does not need either: nothing of it is stored again.
  const unknown: Pick<Endpoint, 'sealedSecret' | 'lastDisabledVersion'> = { sealedSecret: '', lastDisabledVersion: 0 };
  return {
    status: 'live',
    endpoint: {
      ...unknown, id, accountId, url: url ?? '', events: events ?? [], active: active ?? false, description, rateLimit, disabledReason, version,
      disabledAt: disabledAt?.toISOString() ?? null, createdAt: createdAt?.toISOString() ?? '', updatedAt: updatedAt?.toISOString() ?? '',
    },
  };
}

/** The columns of a state. One that is left out becomes NULL, or stays, if it is of what the system did. */
function rowOf(state: EndpointState, disabling: SystemDisabling | undefined): Record<string, unknown>[] {
  switch (state.status) {
    case 'absent': return [];
    case 'deleted': return [{ id: state.id, account_id: state.accountId, version: state.version, deleted_at: state.deletedAt }];
    case 'live': {
      const { id, accountId, url, events, active, description, rateLimit, disabledReason, disabledAt, createdAt, updatedAt, version } = state.endpoint;
      return [{
        id, account_id: accountId, url: storable(url), events: events.map(storable), active, description: description && storable(description),
        rate_limit: rateLimit, disabled_reason: disabledReason, disabled_at: disabledAt, created_at: createdAt, updated_at: updatedAt, version,
        system_disabled_at: disabling?.at, system_disabled_reason: disabling?.reason,
      }];
    }
  }
}

/** Text as Postgres can hold it. The API lets nothing else in, but a view must never stop at what the stream holds. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
