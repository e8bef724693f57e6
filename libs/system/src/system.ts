import { randomBytes } from 'node:crypto';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectNats } from '@cepro/jetstream';
import {
  anAccessToken, createTestAuthority, createTestDatabase, eventually, freePort, startNats, startNatsCluster, startOrigin, startReceiver, startService, testAccessEnv,
  type NatsCluster, type NatsOptions, type NatsServer, type Origin, type Receiver, type ServiceProcess, type TestAuthority, type TestDatabase,
} from '@cepro/testkit';
import { ApiClient } from './api-client.ts';

/** The services, in the order in which they are started. */
export const apps = ['config-api', 'log-query', 'event-router', 'delivery-worker'] as const;
export type App = (typeof apps)[number];

export interface SystemOptions {
  /** Variables of single services, over those that the system gives them. */
  readonly env?: Partial<Record<App, Readonly<Record<string, string>>>>;
  /** Services that are not started yet. */
  readonly without?: readonly App[];
  /** Arguments for Node, for single services. */
  readonly nodeArgs?: Partial<Record<App, readonly string[]>>;
  /** Variables of the provisioning. */
  readonly provision?: Readonly<Record<string, string>>;
  /** Whose certificates the services trust. Default: one made for this system. */
  readonly authority?: TestAuthority;
  /** Where the tables are. Default: on the Postgres that the whole test run shares. */
  readonly database?: TestDatabase;
  /** How the NATS server is set up. */
  readonly nats?: NatsOptions;
  /** So many servers that keep one JetStream, three copies of each stream, in place of one. */
  readonly natsCluster?: number;
  /** Where services find NATS or Postgres, if not directly: such as a proxy in front of them. */
  readonly through?: (servers: { natsUrl: string; databaseUrl: string }) => Promise<Partial<Record<App, { natsUrl?: string; databaseUrl?: string }>>>;
}

/**
 * Short delays, so that four attempts fit into a test. The schedule itself is that of production. The deadline is long,
 * so that on a busy machine no attempt fails that shall not.
 */
export const shortRetries = { DELIVERY_RETRY_DELAYS_MS: '300,600,900', DELIVERY_TIMEOUT_MS: '60000' } as const;

/** The whole line, every service a process of its own, on a NATS server and a database of its own, on {@link createTestDatabase}'s Postgres. */
export class System {
  /** By name: that of the app, followed by `-` and the instance's if there are several. */
  readonly services = new Map<string, ServiceProcess>();
  readonly #ports = new Map<string, number>();
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly cluster: Omit<NatsCluster, 'url'>,
    readonly database: TestDatabase,
    readonly authority: TestAuthority,
    readonly receiver: Receiver,
    readonly connection: NatsConnection,
    readonly keyRing: string,
    private readonly options: SystemOptions,
    private readonly detours: Partial<Record<App, { natsUrl?: string; databaseUrl?: string }>>,
  ) {}

  /** Starts everything and waits until it is ready. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const { natsCluster } = options;
    const [cluster, database, authority] = await Promise.all([
      natsCluster === undefined ? startNats(options.nats).then((server) => ({ servers: [server], stop: server.stop })) : startNatsCluster(natsCluster),
      options.database ?? createTestDatabase(),
      options.authority ?? createTestAuthority(),
    ]);
    const receiver = await startReceiver({ authority });
    const natsUrl = urlOf(cluster.servers);
    const connection = await connectNats({ url: natsUrl, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
    const detours = (await options.through?.({ natsUrl, databaseUrl: database.url })) ?? {};
    const keyRing = `test:${randomBytes(32).toString('base64')}`;
    const system = new System(cluster, database, authority, receiver, connection, keyRing, options, detours);
    try {
      // A cluster takes a moment to elect who is in charge.
      await (natsCluster === undefined ? system.provision() : eventually(() => system.provision(), { intervalMs: 500 }));
      const wanted = apps.filter((app) => !options.without?.includes(app));
      await Promise.all(wanted.map((app) => system.startService(app)));
      return system;
    } catch (error) {
      // Nobody else could: the test was not given it.
      await system.stop();
      throw error;
    }
  }

  /** All servers; one, unless a cluster was asked for. */
  get natsServers(): readonly NatsServer[] {
    return this.cluster.servers;
  }

  /** The NATS server, or the first one of a cluster. */
  get nats(): NatsServer {
    return this.natsServers[0]!;
  }

  get js(): JetStreamClient {
    // Longer than on a machine that has nothing else to do.
    return jetstream(this.connection, { timeout: 60_000 });
  }

  get jsm(): Promise<JetStreamManager> {
    return jetstreamManager(this.connection, { timeout: 60_000 });
  }

  /** Creates streams and tables, as an operator would. */
  async provision(): Promise<void> {
    await Promise.all([
      this.run('provision', 'dist/main.js', { ...(this.options.natsCluster !== undefined && { NATS_REPLICAS: '3' }), ...this.options.provision }), this.run('config-api', 'dist/migrate.js'), this.run('log-query', 'dist/migrate.js'),
    ]);
  }

  /** Runs one of an app's commands to its end and returns what it wrote. Rejects if it fails. */
  async run(app: string, entry: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const command = await startService({ app, entry, env: { ...this.#envOf(undefined), ...env } });
    const { code } = await command.exited;
    if (code !== 0) throw new Error(`${app} ${entry} ended with ${code}:\n${command.lines.join('\n')}`);
    return command.lines;
  }

  /** Starts a service, or starts it again, and waits until it is ready. Several instances of it have names. */
  async startService(app: App, env: Readonly<Record<string, string>> = {}, instance?: string): Promise<ServiceProcess> {
    const service = await this.launch(app, env, instance);
    await service.ready();
    return service;
  }

  /** Starts a service without waiting for it. */
  async launch(app: App, env: Readonly<Record<string, string>> = {}, instance?: string): Promise<ServiceProcess> {
    const name = nameOf(app, instance);
    const port = this.#ports.get(name) ?? (await freePort());
    this.#ports.set(name, port);
    const service = await startService({
      app,
      env: { ...this.#envOf(app), HTTP_PORT: String(port), ...this.options.env?.[app], ...env },
      nodeArgs: this.options.nodeArgs?.[app] ?? [],
    });
    this.services.set(name, service);
    this.#closers.push(async () => { if (service.isRunning) await service.kill(); });
    return service;
  }

  service(app: App, instance?: string): ServiceProcess {
    const name = nameOf(app, instance);
    const service = this.services.get(name);
    if (!service) throw new Error(`${name} was not started`);
    return service;
  }

  /** Starts NATS again, and waits until the test's own connection is back: what is sent before that is lost. */
  async restartNats(): Promise<void> {
    await this.nats.restart();
    await eventually(async () => void (await this.connection.rtt()));
  }

  /** Calls the API as an account's admin; `heard` is told every answer. */
  async account(accountId: string, heard?: (answer: string, call: string) => void): Promise<ApiClient> {
    return new ApiClient(accountId, await anAccessToken({ accountId, expiresInSeconds: 3_600 }), (path) => this.urlOf(path), heard);
  }

  /** The single origin with the page, as an account's admin sees it. */
  async origin(accountId: string): Promise<Origin> {
    const [configApi, logQuery] = [this.urlOf('/v1').slice(0, -3), this.urlOf('/v1/deliveries/').slice(0, -'/v1/deliveries/'.length)];
    const origin = await startOrigin({ configApi, logQuery, token: () => anAccessToken({ accountId, expiresInSeconds: 3_600 }) });
    this.#closers.push(origin.close);
    return origin;
  }

  /** Where a path of the API is served, as the single origin in front of the services would route it. */
  urlOf(path: string): string {
    const app: App = /^\/v1\/(deliveries\/|events([/?]|$)|webhooks\/[^/]+\/attempts)/.test(path) ? 'log-query' : 'config-api';
    return `http://127.0.0.1:${this.#ports.get(app)}${path}`;
  }

  /** Everything that the services have written so far. */
  get output(): string {
    return [...this.services.values()].flatMap(({ lines }) => lines).join('\n');
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
    await this.receiver.stop();
    await this.connection.close();
    await this.cluster.stop();
    await this.database.drop();
  }

  #envOf(app: App | undefined): Record<string, string> {
    const detour = app && this.detours[app];
    return {
      NATS_URL: detour?.natsUrl ?? urlOf(this.natsServers),
      DATABASE_URL: detour?.databaseUrl ?? this.database.url,
      SECRETS_KEY_RING: this.keyRing,
      EGRESS_ALLOWED_CIDRS: '127.0.0.0/8',
      NODE_EXTRA_CA_CERTS: this.authority.caFile,
      HTTP_HOST: '127.0.0.1',
      MANAGEMENT_HOST: '127.0.0.1',
      ERASURE_SETTLE_MS: '500',
      ...testAccessEnv,
    };
  }
}

function nameOf(app: App, instance: string | undefined): string {
  return instance === undefined ? app : `${app}-${instance}`;
}

function urlOf(servers: readonly NatsServer[]): string {
  return servers.map(({ url }) => url).join(',');
}
