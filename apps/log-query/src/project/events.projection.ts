import { streams } from '@cepro/contracts';
import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import type { EntityManager } from 'typeorm';
import { dayOf, oldestKept } from '../partition/day.ts';
import { ensurePartitions } from '../partition/partitions.table.ts';
import { eachOnce, readPublished, readRouting, type LogEvent } from './event.ts';
import { upsertEvents } from './events.table.ts';
import { takeTurns } from './take-turns.ts';
import { Unreadable } from './unreadable.ts';

/** Makes `log.events` know each event as soon as it is published, by where and when it was stored. */
export class EventsProjection implements Projection {
  readonly name = 'events';
  readonly stream = streams.events;
  readonly headersOnly = true;

  constructor(
    private readonly retentionDays: number,
    /** The first event of which a routing is noted: those before it would wait for theirs for ever. */
    private readonly firstRouted: Promise<number>,
  ) {}

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const first = await this.firstRouted;
    const events = messages.filter(({ seq }) => seq >= first).map(readPublished);
    await write(manager, events.filter((event) => event !== undefined), this.retentionDays);
  }
}

/** Makes `log.events` know what became of each event: also of those that are no longer in their own stream. */
export class RoutingsProjection implements Projection {
  readonly name = 'routings';
  readonly stream = streams.routings;
  readonly #unreadable: Unreadable;

  constructor(private readonly retentionDays: number, logger: Logger) {
    this.#unreadable = new Unreadable(this.name, logger);
  }

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const events = messages.flatMap((message) => {
      const event = readRouting(message);
      if (!event.ok) this.#unreadable.passOver(message, event.reason);
      return event.ok && event.value ? [event.value] : [];
    });
    await write(manager, events, this.retentionDays);
  }
}

async function write(manager: EntityManager, events: readonly LogEvent[], retentionDays: number): Promise<void> {
  // Events of days that are dropped already come by when the log is rebuilt: the streams keep them a little longer.
  const oldest = oldestKept(Date.now(), retentionDays);
  const wanted = eachOnce(events.filter(({ createdAt }) => dayOf(createdAt) >= oldest));
  if (wanted.length === 0) return;
  await takeTurns(manager, 'events');
  // First of all: making a partition locks all the tables.
  await ensurePartitions(manager, new Set(wanted.map(({ createdAt }) => dayOf(createdAt))));
  await upsertEvents(manager, wanted);
}
