import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { deliveryFactSubjects, streams } from '@cepro/contracts';
import { lastSequence, orAborted } from '@cepro/jetstream';
import { Database, Projector, showProgress, type Projection } from '@cepro/projection';
import { LOGGER, NatsClient, Readiness, reasonOf, type Logger } from '@cepro/service';
import { EndpointProjection } from './endpoint.projection.ts';
import { HealthProjection } from './health.projection.ts';
import { NoticeProjection } from './notice.projection.ts';
import { schema } from './schema.ts';
import { aborted } from '../abort.ts';

/** How long a command waits to be seen by reads. */
const seenWithinMs = 2_000;

/** How long whoever decides on the whole of the view waits until it is whole. */
const wholeWithinMs = 10_000;

/** The projections, in the order in which a rebuild runs them: health and notices are kept for endpoints that are not deleted. */
export function projectionsOf(logger: Logger): [endpoints: Projection, health: Projection, notices: Projection] {
  return [new EndpointProjection(logger), new HealthProjection(logger), new NoticeProjection(logger)];
}

/** Up to which sequences of their streams the projections must have come, by their names. */
export type Positions = Readonly<Record<'endpoints' | 'endpoint-health' | 'endpoint-notices', number>>;

/**
 * A condition in SQL that is true where the view has come as far as `positions`, given as parameter number `parameter`, a JSON
 * object. It must stand in the very statement that reads: the view may be dropped and made anew at any moment, and then
 * shows for a while how things were long ago.
 */
export function viewReached(parameter: number): string {
  return `NOT EXISTS (
    SELECT FROM json_each_text($${parameter}::json) AS wanted
    WHERE NOT EXISTS (SELECT FROM config.projections WHERE name = wanted.key AND position >= wanted.value::bigint))`;
}

/** Keeps the service's view in Postgres up to date for as long as it runs. */
@Injectable()
export class ReadModel implements OnModuleInit, OnApplicationShutdown {
  readonly #endpoints: Projector;
  readonly #health: Projector;
  readonly #notices: Projector;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const [endpoints, health, notices] = projectionsOf(logger);
    this.#endpoints = new Projector(endpoints, database.source, schema, logger);
    this.#health = new Projector(health, database.source, schema, logger);
    this.#notices = new Projector(notices, database.source, schema, logger);
  }

  onModuleInit(): void {
    this.readiness.add('projection endpoints', () => this.#endpoints.problem);
    this.readiness.add('projection endpoint-health', () => this.#health.problem);
    this.readiness.add('projection endpoint-notices', () => this.#notices.problem);
    showProgress(this.nats, [this.#endpoints, this.#health, this.#notices]);
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.logger.fatal({ reason: reasonOf(error) }, 'the projections ended');
    });
  }

  /** True as soon as reads see the change with that sequence of the configuration stream, false if they don't in time. */
  reached(sequence: number): Promise<boolean> {
    return this.#endpoints.position.reached(sequence, seenWithinMs);
  }

  /**
   * Waits until the view has everything that the streams held when this was called, and returns how far that is; `undefined`
   * if it does not get there in time, as while it is made anew.
   *
   * @throws the signal's reason, or whatever keeps NATS from answering.
   */
  async whole(signal: AbortSignal): Promise<Positions | undefined> {
    const js = await orAborted(this.nats.jetstream(), signal);
    const [endpoints, health, notices] = await Promise.all([
      lastSequence(js, streams.config, '>'), lastSequence(js, streams.deliveries, deliveryFactSubjects('attempted')), lastSequence(js, streams.notifications, '>'),
    ]);
    const reached = await Promise.all([
      this.#endpoints.position.reached(endpoints, wholeWithinMs, signal), this.#health.position.reached(health, wholeWithinMs, signal),
      this.#notices.position.reached(notices, wholeWithinMs, signal),
    ]);
    signal.throwIfAborted();
    return reached.every(Boolean) ? { endpoints, 'endpoint-health': health, 'endpoint-notices': notices } : undefined;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    // A database that never comes must not keep the service from stopping.
    await Promise.race([Promise.all([this.database.migrated(), this.nats.provisioned([streams.config, streams.notifications], signal)]), aborted(signal)]);
    const js = await this.nats.jetstream();
    const endpoints = this.#endpoints.run(js, signal);
    await Promise.race([this.#endpoints.caughtUp, endpoints]);
    await Promise.all([endpoints, this.#health.run(js, signal), this.#notices.run(js, signal)]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await this.#running;
  }
}
