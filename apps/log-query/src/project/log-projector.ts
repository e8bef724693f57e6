import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { configSubject, eventSubjects, streams } from '@cepro/contracts';
import { lastSequence, type Position } from '@cepro/jetstream';
import { Database, Projector, showProgress, type Projection } from '@cepro/projection';
import { LOGGER, NatsClient, Readiness, SERVICE, reasonOf, type Logger, type ServiceSettings } from '@cepro/service';
import { CONFIG } from '../config.token.ts';
import type { Config } from '../config.ts';
import { schema } from '../database/schema.ts';
import { ErasureBell } from '../erase/erasure-bell.ts';
import { orStopped } from '../stop.ts';
import { logProjections } from './projections.ts';

/** How long a request waits for what the caller may have seen elsewhere already. */
const freshnessMs = 1_000;
const commitMs = 30_000;

/** Runs the log's projections for as long as the service does. */
@Injectable()
export class LogProjector implements OnModuleInit, OnModuleDestroy {
  readonly #endpoints: Projector;
  readonly #deliveries: Projector;
  readonly #events: Projector;
  readonly #routings: Projector;
  readonly #stop = new AbortController();
  readonly #shards = Promise.withResolvers<number>();
  readonly #firstRouted = Promise.withResolvers<number>();
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Database) private readonly database: Database,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(ErasureBell) bell: ErasureBell,
    @Inject(SERVICE) { tracer }: ServiceSettings,
  ) {
    const [endpoints, deliveries, events, routings] = logProjections({
      retentionDays: config.LOG_RETENTION_DAYS,
      logger,
      tracer,
      firstRouted: this.#firstRouted.promise,
      // The projection tells of it before its transaction ends; its position moves afterwards.
      onErasureDue: (projection, sequence) => {
        const { position } = projection === 'endpoints' ? this.#endpoints : this.#deliveries;
        void position.reached(sequence, commitMs).then(() => bell.ring());
      },
    });
    const projectorOf = (projection: Projection) => new Projector(projection, database.source, schema, logger);
    this.#endpoints = projectorOf(endpoints);
    this.#deliveries = projectorOf(deliveries);
    this.#events = projectorOf(events);
    this.#routings = projectorOf(routings);
  }

  onModuleInit(): void {
    this.readiness.add('projection of endpoints', () => this.#endpoints.problem);
    this.readiness.add('projection of deliveries', () => this.#deliveries.problem);
    this.readiness.add('projection of events', () => this.#events.problem);
    this.readiness.add('projection of routings', () => this.#routings.problem);
    showProgress(this.nats, [this.#endpoints, this.#deliveries, this.#events, this.#routings]);
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
  }

  /** How many shards the deliveries have, as soon as the streams have been seen. */
  shards(): Promise<number> {
    return this.#shards.promise;
  }

  /** Resolves with true when the log has what the deliveries' stream holds up to `sequence`, with false if not in time. */
  deliveriesReached(sequence: number, timeoutMs: number): Promise<boolean> {
    return this.#deliveries.position.reached(sequence, timeoutMs);
  }

  /**
   * Waits, a second at most, until the log knows the endpoint's last change, which its admin may have seen in another
   * service's answer already.
   */
  async endpointIsCurrent(accountId: string, endpointId: string): Promise<void> {
    await this.#awaitLast(streams.config, configSubject(accountId, endpointId), this.#endpoints.position);
  }

  /**
   * Waits, a second at most, until the log knows the account's last event, whose id its publisher may have told somebody.
   * Resolves with whether it does.
   */
  async eventsAreCurrent(accountId: string): Promise<boolean> {
    return await this.#awaitLast(streams.events, eventSubjects(accountId), this.#events.position);
  }

  async #awaitLast(stream: string, subject: string, position: Position): Promise<boolean> {
    const looking = (async () => {
      const last = await lastSequence(await this.nats.jetstream(), stream, subject);
      return await position.reached(last, freshnessMs);
    })();
    const looked = looking.catch((error: unknown) => {
      this.logger.warn({ subject, reason: reasonOf(error) }, 'could not look for the last message on a subject; going by what is known');
      return false;
    });
    return await Promise.race([looked, sleep(freshnessMs, false)]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    if (!(await orStopped(this.nats.connection(), signal))) return;
    const needed = [streams.deliveries, streams.config, streams.events, streams.routings, streams.notifications];
    const { shards, firstRouted } = await this.nats.provisioned(needed, signal);
    this.#shards.resolve(shards);
    this.#firstRouted.resolve(firstRouted);
    if (!(await orStopped(this.database.migrated(), signal))) return;
    const js = await this.nats.jetstream();
    const endpoints = this.#endpoints.run(js, signal);
    // Facts of endpoints that were deleted while the service was away must be known for such.
    const deliveries = orStopped(this.#endpoints.caughtUp, signal).then((caughtUp) => (caughtUp ? this.#deliveries.run(js, signal) : undefined));
    await Promise.all([endpoints, deliveries, this.#events.run(js, signal), this.#routings.run(js, signal)]);
  }
}
