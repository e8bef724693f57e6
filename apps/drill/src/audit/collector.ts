import {
  decodeAttempt, decodeCancellation, decodeDeliveryRequest, eventIdOf, parseDeliverySubject, parseEventSubject, routerDurable, streams,
} from '@cepro/contracts';
import { wire } from '@cepro/jetstream';
import type { System } from '@cepro/system';
import { DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import pg from 'pg';
import type { LoggedAttempt, LoggedDelivery, RecordedAttempt, StoredEvent } from './evidence.ts';

/** How long a read waits for what the server says is there. */
const readMs = 5_000;

/** Reads what the streams and the tables hold. The streams are read on from where the last reading ended. */
export class Collector {
  readonly events: StoredEvent[] = [];
  readonly scheduled: string[] = [];
  readonly attempts: RecordedAttempt[] = [];
  readonly cancelled: string[] = [];
  #nextEvent = 1;
  #nextFact = 1;

  constructor(private readonly system: System) {}

  async readStreams(): Promise<void> {
    await this.#read(streams.events, this.#nextEvent, (message) => {
      this.#takeEvent(message);
      this.#nextEvent = message.seq + 1;
    });
    await this.#read(streams.deliveries, this.#nextFact, (message) => {
      this.#takeFact(message);
      this.#nextFact = message.seq + 1;
    });
  }

  /** The log's rows. */
  async readLog(): Promise<{ logDeliveries: LoggedDelivery[]; logAttempts: LoggedAttempt[] }> {
    const client = new pg.Client({ connectionString: this.system.database.url });
    await client.connect();
    try {
      const deliveries = await client.query<{ delivery_id: string; status: string; attempts: number }>('SELECT delivery_id, status, attempts FROM log.deliveries');
      const attempts = await client.query<AttemptRow>(
        'SELECT delivery_id, attempt, outcome, status_code, error, started_at, next_attempt_at FROM log.attempts',
      );
      return {
        logDeliveries: deliveries.rows.map(({ delivery_id: deliveryId, status, attempts: count }) => ({ deliveryId, status, attempts: count })),
        logAttempts: attempts.rows.map((row) => ({
          deliveryId: row.delivery_id, attempt: row.attempt, outcome: row.outcome, statusCode: row.status_code, error: row.error,
          startedAt: row.started_at.getTime(), nextAttemptAt: row.next_attempt_at?.getTime() ?? null,
        })),
      };
    } finally {
      await client.end();
    }
  }

  /** The durable consumers that still hold or wait for messages. */
  async busyConsumers(): Promise<string[]> {
    const jsm = await this.system.jsm;
    const infos = [await jsm.consumers.info(streams.events, routerDurable), ...(await Array.fromAsync(jsm.consumers.list(streams.deliveries)))];
    return infos.filter(({ config, num_ack_pending: held, num_pending: waiting }) => config.durable_name && held + waiting > 0).map(({ name }) => name);
  }

  #takeEvent(message: JsMsg): void {
    const address = parseEventSubject(message.subject);
    if (!address.ok) throw new Error(`the drill published nothing on ${message.subject}`);
    const eventId = eventIdOf(message.seq, message.time.getTime());
    this.events.push({ msgId: message.headers?.get('Nats-Msg-Id') ?? '', sequence: message.seq, eventId, ...address.value });
  }

  #takeFact(message: JsMsg): void {
    const subject = parseDeliverySubject(message.subject);
    const fact = subject.ok ? subject.value.fact : undefined;
    if (fact === 'scheduled') this.scheduled.push(valueOf(decodeDeliveryRequest(wire(message))).deliveryId);
    if (fact === 'cancelled') this.cancelled.push(valueOf(decodeCancellation(message.data)).deliveryId);
    if (fact !== 'attempted') return;
    const { deliveryId, attempt, outcome, statusCode, error, startedAt, nextAttemptAt } = valueOf(decodeAttempt(message.data));
    this.attempts.push({
      deliveryId, attempt, outcome, statusCode, error, startedAt: Date.parse(startedAt),
      nextAttemptAt: nextAttemptAt === null ? null : Date.parse(nextAttemptAt), storedAt: message.time.getTime(),
    });
  }

  async #read(stream: string, from: number, take: (message: JsMsg) => void): Promise<void> {
    const consumer = await this.system.js.consumers.get(stream, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from });
    let { num_pending: unread } = await consumer.info();
    while (unread > 0) {
      const before = unread;
      for await (const message of await consumer.fetch({ max_messages: Math.min(unread, 5_000), expires: readMs })) {
        take(message);
        unread -= 1;
      }
      if (unread === before) throw new Error(`${stream} could not be read to its end`);
    }
    await consumer.delete();
  }
}

interface AttemptRow {
  delivery_id: string;
  attempt: number;
  outcome: string;
  status_code: number | null;
  error: string | null;
  started_at: Date;
  next_attempt_at: Date | null;
}

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
