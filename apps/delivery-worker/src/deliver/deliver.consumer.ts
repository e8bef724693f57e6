import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { decodeDeliveryRequest, lanes, normalLane, streams, workerDurable, type Lane } from '@cepro/contracts';
import { BatchingPublisher, Crew, orAborted, wire, work, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, NatsClient, reasonOf, type Logger } from '@cepro/service';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { Configuration } from '../configuration.ts';
import { Paces } from '../pace/paces.ts';
import { RateLimits } from '../pace/rate-limits.ts';
import { DeliverService, type Verdict } from './deliver.service.ts';
import type { RecordContext } from './history.client.ts';

/** How often, within the time after which the server gives a delivery to another worker, it hears that this one has it. */
const heartbeatsPerAckWait = 3;

/** The part of `ack_wait` after which a delivery that has only waited for a place here is taken for another worker's. */
const stalePart = 0.9;

/** How often a stall of this process is looked for, and how long after one a message is taken for an old one. */
const stallLookMs = 250;
const afterStallMs = 2_000;

/** How long a delivery waits that came before this worker knew the configuration it was scheduled under. */
const notYetMs = 1_000;

/** How often what is known of quiet endpoints is dropped. */
const sweepMs = 60_000;

/** How long a stopping worker goes on after the deadline of its last request, in order to record what came of it. */
const recordMs = 5_000;

/** Takes deliveries from every shard and settles each when what happened is on record. */
@Injectable()
export class DeliverConsumer implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stopPulling = new AbortController();
  readonly #stopWorking = new AbortController();
  readonly #crews: Readonly<Record<Lane, Crew>>;
  /** What is in hand, by its sequence in the stream: each as it last came, and after how many stalls that was. */
  readonly #held = new Map<number, { readonly message: WorkMessage; readonly stalls: number }>();
  #running: Promise<unknown> = Promise.resolve();
  #lookedAt = now();
  /** How many times this process stood still for so long that others were given what it had in hand. */
  #stalls = 0;
  /** Until then what comes has waited for this process, which stood still, in its socket. */
  #isOldUntil = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(Configuration) private readonly configuration: Configuration,
    @Inject(DeliverService) private readonly service: DeliverService,
    @Inject(Paces) private readonly paces: Paces,
    @Inject(RateLimits) private readonly rates: RateLimits,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const held = this.#held;
    new Gauge({ name: 'webhooks_deliveries_in_flight', help: 'Deliveries in hand', collect() { this.set(held.size); } });
    this.#crews = { n: new Crew(config.DELIVERY_CONCURRENCY), s: new Crew(config.DELIVERY_SLOW_CONCURRENCY) };
  }

  onApplicationBootstrap(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stopPulling.signal.aborted) throw error;
    });
  }

  async #run(): Promise<void> {
    const { js, shards, ackWaitMs } = await orAborted(this.configuration.ready(), this.#stopPulling.signal);
    const connection = await this.nats.connection();
    const publisher = new BatchingPublisher(connection, (error) => this.logger.error({ reason: reasonOf(error) }, 'a delivery could not be settled; it will come again'));
    const context: RecordContext = { js, publisher, shards, signal: this.#stopWorking.signal };
    this.#lookedAt = now();
    const look = setInterval(() => this.#hasStalled(ackWaitMs), stallLookMs);
    const heartbeat = setInterval(() => {
      // After a stall somebody else has them.
      if (!this.#hasStalled(ackWaitMs)) this.#held.forEach(({ message }) => message.working());
    }, ackWaitMs / heartbeatsPerAckWait);
    const sweep = setInterval(() => {
      this.paces.sweep();
      this.rates.sweep();
    }, sweepMs);
    const { DELIVERY_CONCURRENCY: concurrency, DELIVERY_SLOW_CONCURRENCY: slowConcurrency } = this.config;
    this.logger.info({ shards, concurrency, slowConcurrency }, 'taking deliveries');
    await Promise.all(lanes.flatMap((lane) => {
      // What waits here for a place is kept small: the server's clock for it is running.
      const prefetch = Math.max(2, Math.ceil((lane === normalLane ? concurrency : slowConcurrency) / shards));
      return Array.from({ length: shards }, (_, shard) => work(connection, {
        stream: streams.deliveries,
        durable: workerDurable(lane, shard),
        prefetch,
        crew: this.#crews[lane],
        stop: this.#stopPulling.signal,
        handle: (message) => this.#deliver(message, lane, context, ackWaitMs),
        onInterrupted: (error) => this.logger.warn({ reason: reasonOf(error), lane, shard }, 'taking deliveries was interrupted; going on'),
        isHeld: () => this.configuration.isHeld,
      }));
    }));
    await Promise.all(lanes.map((lane) => this.#crews[lane].idle()));
    // The connection is about to be closed.
    publisher.flush();
    clearInterval(look);
    clearInterval(heartbeat);
    clearInterval(sweep);
  }

  /**
   * A process that stood still finds in its socket what the server has given to somebody else meanwhile. Looked for at every
   * message and not by a timer alone: who was stopped while it waited for input reads that first, and timers come after it.
   */
  #hasStalled(ackWaitMs: number): boolean {
    const at = now();
    // The steady clock stands still while the machine sleeps; and where the other one was set, a doubt costs little.
    const awayMs = Math.max(at.steady - this.#lookedAt.steady, at.ofDay - this.#lookedAt.ofDay);
    if (awayMs - stallLookMs > stalePart * ackWaitMs) {
      this.#stalls += 1;
      this.#isOldUntil = at.steady + afterStallMs;
    }
    this.#lookedAt = at;
    return at.steady < this.#isOldUntil;
  }

  async #deliver(message: WorkMessage, lane: Lane, context: RecordContext, ackWaitMs: number): Promise<void> {
    const { seq, ageMs } = message;
    // While it waited for a place, with NATS away for instance, or for this process, the server has given it to somebody
    // else, or is about to.
    if (this.#hasStalled(ackWaitMs) || ageMs > stalePart * ackWaitMs) return;
    if (ageMs > ackWaitMs / heartbeatsPerAckWait) message.working();
    const inHand = this.#held.has(seq);
    this.#held.set(seq, { message, stalls: this.#stalls });
    // The server gives a delivery again that it has not heard of for long, as after an outage. While its attempt is still
    // being made or recorded here, a second one would repeat the request; the one under way settles this message too.
    if (inHand) return;
    // Unless it was given to this worker again since.
    const isLost = () => this.#hasStalled(ackWaitMs) || this.#stalls > this.#held.get(seq)!.stalls;
    try {
      const verdict = await this.#verdict(message, lane, context, isLost);
      // Handed back, it would come again while somebody else is at it.
      if (verdict.kind === 'back' && isLost()) return;
      const { message: last } = this.#held.get(seq)!;
      context.publisher.withNextWrite(() => settle(last, verdict));
    } catch (error) {
      // Left unsettled, it comes again after `ack_wait`, and the record then tells how far it had come.
      this.logger.error({ reason: reasonOf(error), sequence: seq }, 'a delivery was not finished; it will come again');
    } finally {
      this.#held.delete(seq);
    }
  }

  async #verdict(message: WorkMessage, lane: Lane, context: RecordContext, isLost: () => boolean): Promise<Verdict> {
    const decoded = decodeDeliveryRequest(wire(message));
    if (!decoded.ok) return await this.service.deadLetter(message, decoded.reason, context);
    const request = decoded.value;
    if (!(await this.configuration.knows(request.configVersion))) return { kind: 'back', afterMs: notYetMs };
    return await this.service.advance(message, request, lane, context, isLost);
  }

  /** Hands back what only waited, lets requests in flight end and records them. */
  async onModuleDestroy(): Promise<void> {
    this.#stopPulling.abort(new Error('the worker stops'));
    this.paces.stop();
    const giveUp = setTimeout(() => this.#stopWorking.abort(new Error('the worker stops')), this.config.DELIVERY_TIMEOUT_MS + recordMs);
    await this.#running;
    clearTimeout(giveUp);
  }
}

function now() {
  return { steady: performance.now(), ofDay: Date.now() };
}

function settle(message: WorkMessage, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'done':
      return message.ack();
    case 'back':
      return message.nak(verdict.afterMs);
    case 'poison':
      return message.term(verdict.reason);
  }
}
