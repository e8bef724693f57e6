import { streams } from '@cepro/contracts';
import { readChange } from '@cepro/jetstream';
import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import type { EntityManager } from 'typeorm';
import { evolveLogEndpoint } from './endpoint.ts';
import { knownEndpoints, upsertEndpoints, type EndpointRowChange } from './endpoints.table.ts';
import { takeTurns } from './take-turns.ts';
import { Unreadable } from './unreadable.ts';

/** Keeps `log.endpoints` as the configuration tells. */
export class EndpointsProjection implements Projection {
  readonly name = 'endpoints';
  readonly stream = streams.config;
  readonly #unreadable: Unreadable;

  constructor(
    logger: Logger,
    /** Told when an endpoint was deleted, with a sequence that is projected once the deletion is. */
    private readonly onDeleted: (sequence: number) => void,
  ) {
    this.#unreadable = new Unreadable(this.name, logger);
  }

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const changes = messages.flatMap((message) => {
      const change = readChange(message);
      if (!change.ok) this.#unreadable.passOver(message, change.reason);
      return change.ok ? [{ ...change.value, storedAt: message.time }] : [];
    });
    if (changes.length === 0) return;
    await takeTurns(manager, 'log');
    const known = await knownEndpoints(manager, [...new Set(changes.map(({ endpointId }) => endpointId))]);
    const rows = new Map<string, EndpointRowChange>();
    for (const change of changes) {
      const before = known.get(change.endpointId);
      const after = evolveLogEndpoint(before, change);
      if (!after) continue;
      known.set(change.endpointId, after);
      const deletedNow = after.deleted && !before?.deleted;
      rows.set(change.endpointId, { endpoint: after, deletedAt: deletedNow ? change.storedAt : (rows.get(change.endpointId)?.deletedAt ?? null) });
    }
    await upsertEndpoints(manager, [...rows.values()]);
    if ([...rows.values()].some(({ deletedAt }) => deletedAt)) this.onDeleted(messages.at(-1)!.seq);
  }
}
