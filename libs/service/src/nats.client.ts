import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { connectNats, inspectTopology, orAborted, type ProvisionedTopology } from '@cepro/jetstream';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { LOGGER, reasonOf, type Logger } from './logger.ts';
import { Readiness } from './readiness.ts';
import { refusalOf } from './refusal.ts';
import { SERVICE, type ServiceSettings } from './settings.ts';

const recheckMs = 2_000;

/** How long a refusal counts. What a service needs for its work it tries again well within that, and nobody tells it when it may. */
const refusalMs = 30_000;

/** The service's one connection to NATS: kept trying from the start, and again whenever it is lost. */
@Injectable()
export class NatsClient implements OnModuleInit, OnApplicationShutdown {
  readonly #stop = new AbortController();
  readonly #connection = Promise.withResolvers<NatsConnection>();
  #state = 'not connected yet';
  /** What it was not permitted to do, and when it tried last. */
  #refused: { readonly what: string; readonly at: number } | undefined;

  constructor(
    @Inject(SERVICE) private readonly settings: ServiceSettings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    this.readiness.add('nats', () => this.#state || undefined);
    this.readiness.add('nats permissions', () => (this.#refused && performance.now() - this.#refused.at < refusalMs ? this.#refused.what : undefined));
    this.#connection.promise.catch(() => undefined);
    this.#connect().catch((error: unknown) => this.#connection.reject(error));
  }

  /** The connection, as soon as there is one. Rejects when the service stops first. */
  connection(): Promise<NatsConnection> {
    return this.#connection.promise;
  }

  /** A JetStream client on the connection. Its requests time out after five seconds. */
  async jetstream(): Promise<JetStreamClient> {
    return jetstream(await this.connection(), { timeout: 5_000 });
  }

  /** Waits until the streams and their consumers are there; says what is missing until they are. */
  async provisioned(streams: readonly string[], signal: AbortSignal): Promise<ProvisionedTopology> {
    let missing = 'not looked at yet';
    this.readiness.add('streams', () => missing || undefined);
    const js = await orAborted(this.jetstream(), signal);
    for (;;) {
      signal.throwIfAborted();
      try {
        const found = await inspectTopology(await js.jetstreamManager(false), streams);
        missing = found.missing.length > 0 ? `missing: ${found.missing.join(', ')}; run the provisioning command` : '';
        if (!missing) return found;
        this.logger.warn({ missing: found.missing }, 'streams are missing; run the provisioning command');
      } catch (error) {
        missing = `could not be looked at: ${reasonOf(error)}`;
        this.logger.warn({ reason: reasonOf(error) }, 'could not look at the streams; trying again');
      }
      await sleep(recheckMs, undefined, { signal });
    }
  }

  async #connect(): Promise<void> {
    const connection = await connectNats(
      this.settings.nats,
      { signal: this.#stop.signal, onRetry: (error) => this.#notConnected(error) },
    );
    this.#state = '';
    this.logger.info({ server: connection.getServer() }, 'connected to NATS');
    void this.#watch(connection);
    this.#connection.resolve(connection);
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.#state = 'connection lost';
        this.logger.warn('NATS is away; trying again');
      } else if (status.type === 'reconnect') {
        this.#state = '';
        this.#refused = undefined;
        this.logger.info({ server: connection.getServer() }, 'connected to NATS again');
      } else if (status.type === 'error') {
        this.#heard(status.error);
      }
    }
    if (this.#stop.signal.aborted) return;
    // The client gives up for good only when it is refused, as after a change of its credentials. A new process may
    // be let in; this one would wait for ever.
    this.logger.fatal('NATS closed the connection for good');
    process.exit(1);
  }

  #notConnected(error: unknown): void {
    const reason = reasonOf(error);
    this.#state = `not connected yet: ${reason}`;
    // Nobody waits for that to pass by itself.
    if (error instanceof errors.AuthorizationError) this.logger.error({ reason }, 'NATS does not let it in; are its key and its user there? Trying again');
    else this.logger.warn({ reason }, 'NATS is away; trying again');
  }

  #heard(error: Error): void {
    const refusal = refusalOf(error);
    if (!refusal) return this.logger.error({ reason: reasonOf(error) }, 'NATS reports an error');
    this.#refused = { what: refusal, at: performance.now() };
    this.logger.error({ reason: refusal }, 'permissions are missing; see what the permissions command prints');
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    const connection = await this.#connection.promise.catch(() => undefined);
    await connection?.drain();
  }
}
