import { fileURLToPath } from 'node:url';
import { configSubject, encodeEndpointEvents, eventIdOf, routingSubject, streams, type EndpointEvent } from '@cepro/contracts';
import { connectNats, defaultTopology, provision, toHeaders } from '@cepro/jetstream';
import { dataSourceOf, migrate } from '@cepro/projection';
import {
  anAccessToken, createTestDatabase, eventually, freePort, startNats, startService, testAccessEnv, type NatsServer, type ServiceProcess,
} from '@cepro/testkit';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DataSource } from 'typeorm';
import { databaseSettings, schema } from '../../src/database/schema.ts';
import { anEndpoint, created, shards, type TestEndpoint, type TestMessage } from './builders.ts';

/** From the sources, so that no test runs a build of yesterday. */
export const fromSource = {
  nodeArgs: ['--conditions=@cepro/source', `--import=${fileURLToPath(new URL('../../../../tools/swc-hooks.mjs', import.meta.url))}`],
  entry: 'src/main.ts',
};

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly type: string;
}

export interface RequestOptions {
  readonly accountId?: string;
  readonly scope?: string;
  /** Instead of a good one; `null` sends none. */
  readonly token?: string | null;
}

/** A body of an event that can be routed. */
export const eventBody = '{"timestamp":"2026-11-24T10:00:00+01:00","data":{"id":"inv_1","total":12345678901234567890.10,"name":"Žofie 🧹"}}';

/** An event in the stream. */
export interface PublishedEvent {
  readonly id: string;
  readonly subject: string;
  readonly sequence: number;
  /** In milliseconds since the epoch. */
  readonly storedAt: number;
}

/** A running log-query. */
export interface Log {
  readonly service: ServiceProcess;
  readonly url: string;
  get<T = Record<string, unknown>>(path: string, options?: RequestOptions): Promise<Answer<T>>;
  post<T = Record<string, unknown>>(path: string, options?: RequestOptions): Promise<Answer<T>>;
  metric(line: RegExp): Promise<number>;
  stop(): Promise<void>;
}

/** NATS with the streams, a database with the schema, and whatever the test starts on them. */
export class World {
  readonly #logs: Log[] = [];

  private constructor(
    readonly nats: NatsServer,
    readonly js: JetStreamClient,
    readonly database: DataSource,
    readonly databaseUrl: string,
    private readonly connection: NatsConnection,
    private readonly close: () => Promise<void>,
  ) {}

  /** `databaseUrl`: a database of the test's own instead of a new one on the shared server. */
  static async start(options: { databaseUrl?: string } = {}): Promise<World> {
    const [nats, own] = await Promise.all([startNats(), options.databaseUrl ? undefined : createTestDatabase()]);
    const databaseUrl = options.databaseUrl ?? own!.url;
    const connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
    const js = jetstream(connection, { timeout: 60_000 });
    await provision(await js.jetstreamManager(), { ...defaultTopology, shards });
    const database = await dataSourceOf(databaseSettings({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 4 })).initialize();
    await migrate(database, schema);
    return new World(nats, js, database, databaseUrl, connection, async () => {
      if (database.isInitialized) await database.destroy();
      await connection.close();
      await nats.stop();
      await own?.drop();
    });
  }

  /** Starts the service and waits until it is ready. */
  async startLog(env: Record<string, string> = {}, { ready = true } = {}): Promise<Log> {
    const port = await freePort();
    const service = await startService({
      app: 'log-query',
      ...fromSource,
      env: {
        NATS_URL: this.nats.url, DATABASE_URL: this.databaseUrl, HTTP_HOST: '127.0.0.1', MANAGEMENT_HOST: '127.0.0.1', HTTP_PORT: String(port),
        ERASURE_SETTLE_MS: '300', ...testAccessEnv, ...env,
      },
    });
    const log = logOf(service, `http://127.0.0.1:${port}`);
    this.#logs.push(log);
    if (ready) await service.ready();
    return log;
  }

  /** Starts NATS again, and waits until the test's own connection is back: what is sent before that is lost. */
  async restartNats(): Promise<void> {
    await this.nats.restart();
    await eventually(async () => void (await this.connection.rtt()));
  }

  /** Publishes messages in order; returns the sequence of the last one. */
  async publish(...messages: TestMessage[]): Promise<number> {
    const acks = await Promise.all(messages.map(({ subject, data, headers, msgId }) =>
      this.js.publish(subject, data, { headers: toHeaders(headers), ...(msgId && { msgID: msgId }) })));
    return acks.at(-1)!.seq;
  }

  /** Appends to an endpoint's history; returns its version. */
  async configure(endpoint: TestEndpoint, ...events: EndpointEvent[]): Promise<number> {
    return (await this.js.publish(configSubject(endpoint.accountId, endpoint.id), encodeEndpointEvents(events))).seq;
  }

  async createdEndpoint(options: { accountId?: string; active?: boolean } = {}): Promise<TestEndpoint> {
    const endpoint = anEndpoint(options);
    await this.configure(endpoint, created(options));
    return endpoint;
  }

  /** Publishes an event as a CE Pro service would, and tells under what the stream has stored it. */
  async publishEvent(
    { accountId = 'acct_1', type = 'invoice.paid', data = eventBody }: { accountId?: string; type?: string; data?: string | Uint8Array } = {},
  ): Promise<PublishedEvent> {
    const subject = `cepro.events.${accountId}.${type}`;
    const { seq: sequence } = await this.js.publish(subject, data);
    const stored = await (await this.js.jetstreamManager()).streams.getMessage(streams.events, { seq: sequence });
    const storedAt = stored!.time.getTime();
    return { id: eventIdOf(sequence, storedAt), subject, sequence, storedAt };
  }

  /** Waits until there is nothing in the streams that the log has not projected. */
  async projected(): Promise<void> {
    const jsm = await this.js.jetstreamManager();
    for (const [projection, stream, subject] of [
      ['endpoints', streams.config, 'webhooks.config.>'], ['deliveries', streams.deliveries, 'webhooks.deliveries.>'],
      ['events', streams.events, 'cepro.events.>'], ['routings', streams.routings, routingSubject],
    ] as const) {
      await eventually(async () => {
        const next = (await this.position(projection)) + 1;
        return (await jsm.direct.getMessage(stream, { seq: next, next_by_subj: subject })) === null;
      }, { intervalMs: 20 });
    }
  }

  async position(projection: string): Promise<number> {
    const rows: { position: string }[] = await this.database.query('SELECT position FROM log.projections WHERE name = $1', [projection]);
    return Number(rows[0]?.position ?? 0);
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row]: { count: string }[] = await this.database.query(`SELECT count(*) FROM log.${table} WHERE ${where}`);
    return Number(row!.count);
  }

  /** Every row of the log in a fixed order, to compare. */
  async rows(): Promise<{ endpoints: unknown[]; deliveries: unknown[]; attempts: unknown[]; events: unknown[] }> {
    return {
      endpoints: await this.database.query('SELECT endpoint_id, account_id, active, last_disabled_version, version, deleted_at FROM log.endpoints ORDER BY 1'),
      deliveries: await this.database.query('SELECT * FROM log.deliveries ORDER BY delivery_id'),
      attempts: await this.database.query('SELECT * FROM log.attempts ORDER BY delivery_id, attempt'),
      events: await this.database.query('SELECT * FROM log.events ORDER BY event_id'),
    };
  }

  /** How many messages of a stream are on the subjects. */
  async held(stream: string, subject: string): Promise<number> {
    const jsm = await this.js.jetstreamManager();
    const { state } = await jsm.streams.info(stream, { subjects_filter: subject });
    return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    for (const log of this.#logs) await log.stop();
    await this.close();
  }
}

function logOf(service: ServiceProcess, url: string): Log {
  const call = async <T>(method: string, path: string, { accountId = 'acct_1', scope, token }: RequestOptions = {}): Promise<Answer<T>> => {
    const bearer = token === undefined ? await anAccessToken({ accountId, ...(scope !== undefined && { scope }) }) : token;
    const response = await fetch(`${url}${path}`, { method, headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` } });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T, type: response.headers.get('content-type') ?? '' };
  };
  return {
    service,
    url,
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
    async metric(line) {
      const text = await (await fetch(`http://127.0.0.1:${service.managementPort}/metrics`)).text();
      return Number(new RegExp(`^${line.source} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
    },
    async stop() {
      if (service.isRunning) await service.stop();
    },
  };
}
