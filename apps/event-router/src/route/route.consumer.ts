import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { routerDurable, streams } from '@cepro/contracts';
import { BatchingPublisher, ConfigFollower, Crew, orAborted, work, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, NatsClient, Readiness, reasonOf, type Logger } from '@cepro/service';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { RouteService, type RoutingContext } from './route.service.ts';
import { Subscriptions } from './subscriptions.ts';

const inFlight = new Gauge({ name: 'webhooks_router_in_flight', help: 'Events being routed' });

/** How long a stopping router goes on trying to finish what it has begun, in milliseconds. */
const finishMs = 10_000;

/** Takes events, once the subscriptions are known, and acknowledges each when all that it causes is stored. */
@Injectable()
export class RouteConsumer implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stopPulling = new AbortController();
  readonly #stopWorking = new AbortController();
  readonly #follower: ConfigFollower;
  readonly #crew: Crew;
  #state: string | undefined = 'the subscriptions are not known yet';
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(Subscriptions) subscriptions: Subscriptions,
    @Inject(RouteService) private readonly service: RouteService,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#crew = new Crew(config.ROUTER_CONCURRENCY);
    this.#follower = new ConfigFollower({
      apply: (change) => subscriptions.apply(change),
      onUnreadable: (subject, reason) => logger.error({ subject, reason }, 'a configuration message can not be read; passed over'),
      onInterrupted: (error) => logger.warn({ reason: reasonOf(error) }, 'following the configuration was interrupted; going on'),
      forget: () => subscriptions.clear(),
      onHeld: (reason) => (reason ? logger.error({ reason }, 'no events are taken') : logger.info('the configuration is known again; taking events')),
    });
  }

  onApplicationBootstrap(): void {
    this.readiness.add('router', () => this.#follower.held ?? this.#state);
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stopPulling.signal.aborted) throw error;
    });
  }

  async #run(): Promise<void> {
    const stop = this.#stopPulling.signal;
    const { shards } = await this.nats.provisioned([streams.events, streams.config, streams.routings, streams.deliveries, streams.deadLetters], stop);
    const js = await this.nats.jetstream();
    void this.#follower.run(js, this.#stopWorking.signal);
    await orAborted(this.#follower.caughtUp, stop);
    this.#state = undefined;
    this.logger.info({ configVersion: this.#follower.position.sequence, shards }, 'subscriptions are known; taking events');
    const connection = await this.nats.connection();
    const publisher = new BatchingPublisher(connection, (error) => this.logger.error({ reason: reasonOf(error) }, 'an event could not be settled; it will come again'));
    await work(connection, {
      stream: streams.events,
      durable: routerDurable,
      prefetch: this.config.ROUTER_CONCURRENCY,
      crew: this.#crew,
      stop,
      handle: (message) => this.#route(message, { js, publisher, shards, signal: this.#stopWorking.signal }),
      onInterrupted: (error) => this.logger.warn({ reason: reasonOf(error) }, 'taking events was interrupted; going on'),
      isHeld: () => this.#follower.held !== undefined,
    });
    await this.#crew.idle();
    // The connection is about to be closed.
    publisher.flush();
  }

  async #route(message: WorkMessage, context: Omit<RoutingContext, 'configVersion'>): Promise<void> {
    inFlight.inc();
    try {
      await this.#follower.current(context.js, context.signal);
      await this.service.route(message, { ...context, configVersion: this.#follower.position.sequence });
      context.publisher.withNextWrite(() => message.ack());
    } catch (error) {
      // Not acknowledged: the event comes again, here or elsewhere, and what was stored already is stored once.
      this.logger.warn({ reason: reasonOf(error), sequence: message.seq }, 'an event was not routed to its end; it will come again');
    } finally {
      inFlight.dec();
    }
  }

  /** Stops taking events and finishes those it has; what can't be finished in time comes again elsewhere. */
  async onModuleDestroy(): Promise<void> {
    this.#stopPulling.abort(new Error('the router stops'));
    const giveUp = setTimeout(() => this.#stopWorking.abort(new Error('the router stops')), finishMs);
    await this.#running;
    clearTimeout(giveUp);
    this.#stopWorking.abort(new Error('the router stops'));
  }
}
