import { defaultTopology, provision } from '@cepro/jetstream';
import { dataSourceOf, migrate } from '@cepro/projection';
import { Readiness, createLogger, natsOptions, nestLogger, startHttpApp, type Problem } from '@cepro/service';
import {
  anAccessToken, createTestDatabase, eventually, startNats, testAccessEnv, type NatsServer, type TestDatabase, type TokenOptions,
} from '@cepro/testkit';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import type { CreatedEndpointResource, EndpointPageResource } from '../src/endpoints/endpoint.resource.ts';
import { httpOptions } from '../src/http/http-options.ts';
import { databaseSettings, schema } from '../src/read-model/schema.ts';

export const keyA = `a:${Buffer.alloc(32, 1).toString('base64')}`;
export const keyB = `b:${Buffer.alloc(32, 2).toString('base64')}`;

/** An address that the tests' configuration opens. Nothing is ever sent to it here. */
export const url = 'https://127.0.0.1:8443/hooks/ce-pro';

/** NATS with its streams and a database with its tables: what the service needs, and a look into both. */
export interface World {
  readonly nats: NatsServer;
  readonly connection: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly database: TestDatabase;
  readonly source: DataSource;
  /** The service's environment. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const [nats, database] = await Promise.all([startNats(), createTestDatabase()]);
  const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const jsm = await jetstreamManager(connection, { timeout: 60_000 });
  await provision(jsm, { ...defaultTopology, shards: 2 });
  const source = await dataSourceOf(databaseSettings({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 2 })).initialize();
  await migrate(source, schema);
  return {
    nats, connection, jsm, database, source,
    env: { ...testAccessEnv, ...serviceEnv, NATS_URL: nats.url, DATABASE_URL: database.url },
    async stop() {
      await source.destroy();
      await connection.close();
      await database.drop();
      await nats.stop();
    },
  };
}

const serviceEnv = {
  LOG_LEVEL: 'fatal',
  MANAGEMENT_HOST: '127.0.0.1',
  MANAGEMENT_PORT: '0',
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: '0',
  SECRETS_KEY_RING: keyA,
  EGRESS_ALLOWED_CIDRS: '127.0.0.1/32',
  SEND_TEST_TIMEOUT_MS: '500',
};

/** The service, in this process. */
export interface Service {
  readonly app: NestFastifyApplication;
  readonly baseUrl: string;
  problems(): Record<string, string>;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it; it may not be ready yet. */
export async function launch(env: Readonly<Record<string, string>>): Promise<Service> {
  const config = readConfig(env);
  const logger = createLogger('config-api', config.LOG_LEVEL);
  const settings = { name: 'config-api', logger, nats: natsOptions(config, 'config-api'), managementHost: config.MANAGEMENT_HOST, managementPort: config.MANAGEMENT_PORT };
  const app = await startHttpApp(AppModule.with(config, settings), httpOptions(config), { logger: nestLogger(logger) });
  const problems = () => app.get(Readiness).problems();
  return {
    app,
    baseUrl: await app.getUrl(),
    problems,
    ready: () => eventually(() => {
      if (Object.keys(problems()).length > 0) throw new Error(JSON.stringify(problems()));
    }),
    stop: () => app.close(),
  };
}

export async function startReady(env: Readonly<Record<string, string>>): Promise<Service> {
  const service = await launch(env);
  await service.ready();
  return service;
}

/** Whatever the API may answer, all at once; what the tests expect of an answer says which it is. */
export type Body = CreatedEndpointResource & EndpointPageResource & Problem;

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Body;
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Calls the API for an account. A body that is text or bytes is sent as it is. */
export async function as(service: { readonly baseUrl: string }, accountId: string, token: Omit<TokenOptions, 'accountId'> = {}): Promise<Call> {
  return callWith(service, await anAccessToken({ accountId, ...token }));
}

/** Calls the API with whatever token. */
export function callWith({ baseUrl }: { readonly baseUrl: string }, token: string | undefined): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body: (text === '' ? undefined : JSON.parse(text)) as Body };
  };
}

let accounts = 0;

/** An account that no other test uses. */
export function anAccount(): string {
  accounts += 1;
  return `acct_${accounts}`;
}

/** How many messages the configuration stream has taken so far. */
export async function configSequence({ jsm }: World): Promise<number> {
  return (await jsm.streams.info('WEBHOOK_CONFIG')).state.last_seq;
}
