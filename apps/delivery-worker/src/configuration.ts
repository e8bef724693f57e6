import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ratesBucket, retriesBucket, streams } from '@cepro/contracts';
import { ConfigFollower, orAborted, type ProvisionedTopology } from '@cepro/jetstream';
import { LOGGER, NatsClient, Readiness, reasonOf, type Logger } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { Endpoints } from './send/endpoints.ts';

/** What the worker has once it is connected and knows the endpoints. */
export interface Ready extends ProvisionedTopology {
  readonly js: JetStreamClient;
}

/** Keeps the endpoints up to date, for deliveries and for Send Tests. */
@Injectable()
export class Configuration implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stop = new AbortController();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #follower: ConfigFollower;
  #known = false;

  constructor(
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(Endpoints) endpoints: Endpoints,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#follower = new ConfigFollower({
      apply: (change) => endpoints.apply(change),
      onUnreadable: (subject, reason) => logger.error({ subject, reason }, 'a configuration message can not be read; passed over'),
      onInterrupted: (error) => logger.warn({ reason: reasonOf(error) }, 'following the configuration was interrupted; going on'),
      forget: () => endpoints.clear(),
      onHeld: (reason) => (reason ? logger.error({ reason }, 'no deliveries are taken') : logger.info('the endpoints are known again; taking deliveries')),
    });
  }

  onApplicationBootstrap(): void {
    this.readiness.add('configuration', () => this.#follower.held ?? (this.#known ? undefined : 'the endpoints are not known yet'));
    this.#ready.promise.catch(() => undefined);
    this.#start().catch((error: unknown) => this.#ready.reject(error));
  }

  /** Resolves once everything is there; rejects if the worker stops first. */
  ready(): Promise<Ready> {
    return this.#ready.promise;
  }

  /** True while what is known of the endpoints must not be used. */
  get isHeld(): boolean {
    return this.#follower.held !== undefined;
  }

  /** Resolves with false if the endpoints are not known up to that version within a moment. */
  async knows(version: number): Promise<boolean> {
    return !this.isHeld && (await this.#follower.position.reached(version, 5_000)) && !this.isHeld;
  }

  async #start(): Promise<void> {
    const { signal } = this.#stop;
    const needed = [streams.config, streams.deliveries, streams.deadLetters, `KV_${retriesBucket}`, `KV_${ratesBucket}`];
    const topology = await this.nats.provisioned(needed, signal);
    const js = await this.nats.jetstream();
    void this.#follower.run(js, signal);
    await orAborted(this.#follower.caughtUp, signal);
    this.#known = true;
    this.#ready.resolve({ ...topology, js });
  }

  /** Deliveries in flight go on with what is known. */
  onModuleDestroy(): void {
    this.#stop.abort(new Error('the worker stops'));
  }
}
