import { streams, timeOfId } from '@cepro/contracts';
import { wire } from '@cepro/jetstream';
import type { Projection } from '@cepro/projection';
import type { Logger, Tracer } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import { Counter } from 'prom-client';
import type { EntityManager } from 'typeorm';
import { dayOf, oldestKept } from '../partition/day.ts';
import { ensurePartitions } from '../partition/partitions.table.ts';
import { foldBatch } from './batch.ts';
import { insertAttempts, insertDeliveries, knownStates, updateDeliveries } from './deliveries.table.ts';
import { eraseAgain } from './endpoints.table.ts';
import { readFact, type Fact } from './fact.ts';
import { projectSpan } from './project-span.ts';
import { takeTurns } from './take-turns.ts';
import { Unreadable } from './unreadable.ts';

const rowsCounter = new Counter({
  name: 'webhooks_log_rows_total',
  help: 'Rows added to the log; a batch that had to be tried again counts again',
  labelNames: ['kind'],
});

/** Keeps `log.deliveries` and `log.attempts` as the deliveries' stream tells. */
export class DeliveriesProjection implements Projection {
  readonly name = 'deliveries';
  readonly stream = streams.deliveries;
  readonly #unreadable: Unreadable;
  #toldTo = 0;

  constructor(
    private readonly retentionDays: number,
    logger: Logger,
    /** Told when a fact of a deleted endpoint was seen, with its sequence: the fact must go from the stream too. */
    private readonly onStraggler: (sequence: number) => void,
    private readonly tracer?: Tracer,
  ) {
    this.#unreadable = new Unreadable(this.name, logger);
  }

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const facts = this.#read(messages);
    if (facts.length === 0) return;
    await takeTurns(manager, 'log');
    const deleted = await eraseAgain(manager, new Set(facts.map(({ endpointId }) => endpointId)));
    if (deleted.size > 0) this.onStraggler(messages.at(-1)!.seq);
    const wanted = deleted.size > 0 ? facts.filter(({ endpointId }) => !deleted.has(endpointId)) : facts;
    if (wanted.length > 0) await write(manager, wanted);
  }

  /** Ends the traces of the attempts among them, once: when the log is rebuilt they come again. */
  stored(messages: readonly Pick<JsMsg, 'seq' | 'subject' | 'data' | 'headers' | 'time'>[], begunAt: number): void {
    if (!this.tracer) return;
    for (const message of messages) {
      if (message.seq <= this.#toldTo) continue;
      this.#toldTo = message.seq;
      const projected = projectSpan(message, begunAt);
      if (projected) this.tracer.start(projected.span, projected.parent).end();
    }
  }

  #read(messages: readonly JsMsg[]): Fact[] {
    // Facts of days that are dropped already come by when the log is rebuilt: the stream keeps them a little longer.
    const oldest = oldestKept(Date.now(), this.retentionDays);
    return messages.flatMap((message) => {
      const fact = readFact(wire(message), message.time.getTime());
      if (!fact.ok) this.#unreadable.passOver(message, fact.reason);
      return fact.ok && dayOf(timeOfId(fact.value.deliveryId)) >= oldest ? [fact.value] : [];
    });
  }
}

async function write(manager: EntityManager, facts: readonly Fact[]): Promise<void> {
  const ids = [...new Set(facts.map(({ deliveryId }) => deliveryId))];
  const times = ids.map(timeOfId);
  const span = { from: new Date(Math.min(...times)), to: new Date(Math.max(...times)) };
  // First of all: making a partition locks both tables.
  await ensurePartitions(manager, new Set(times.map(dayOf)));
  const { created, changed, attempts } = foldBatch(await knownStates(manager, ids, span), facts);
  await insertDeliveries(manager, created);
  await updateDeliveries(manager, changed, span);
  rowsCounter.inc({ kind: 'delivery' }, created.length);
  rowsCounter.inc({ kind: 'attempt' }, await insertAttempts(manager, attempts));
}
