import { fileURLToPath } from 'node:url';
import {
  configSubject, deadLetterOf, deliveryIdOf, deliveryMsgId, deliveryRequestHeaders, deliverySubject, encodeEndpointEvents, eventIdOf, eventSubject,
  newEndpointId, normalLane, routerDurable, routingOf, routingSubject, shardOf, streams, workerDurable,
  type Attempt, type EndpointEvent, type EventType, type Outcome, type Routing, type RoutingFault,
} from '@cepro/contracts';
import { connectNats, defaultTopology, provision, toHeaders } from '@cepro/jetstream';
import { dataSourceOf, migrate } from '@cepro/projection';
import { createTestDatabase, eventually, startNats, startService, type NatsOptions, type NatsServer, type ServiceProcess } from '@cepro/testkit';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DataSource } from 'typeorm';
import { databaseSettings, schema } from '../src/keep/schema.ts';
import type { Balance } from '../src/ledger/balance.ts';

export const shards = 2;
export const accountId = 'acct_books';
const eventType: EventType = 'invoice.paid';

/** From the sources, so that no test runs a build of yesterday. */
const fromSource = ['--conditions=@cepro/source', `--import=${fileURLToPath(new URL('../../../tools/swc-hooks.mjs', import.meta.url))}`];

/** An event that is stored. */
export interface StoredEvent {
  readonly sequence: number;
  readonly storedAt: number;
  readonly eventId: string;
}

/** NATS with the streams, a database with the schema, and the messages that the services would store, written by the test. */
export class World {
  readonly #ledgers: ServiceProcess[] = [];

  private constructor(
    readonly nats: NatsServer,
    readonly js: JetStreamClient,
    private readonly connection: NatsConnection,
    readonly database: DataSource,
    readonly databaseUrl: string,
    private readonly close: () => Promise<void>,
  ) {}

  static async start(options: { nats?: NatsOptions } = {}): Promise<World> {
    const [nats, own] = await Promise.all([startNats(options.nats), createTestDatabase()]);
    const connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
    const js = jetstream(connection, { timeout: 60_000 });
    await provision(await js.jetstreamManager(), { ...defaultTopology, shards });
    const database = await dataSourceOf(databaseSettings({ DATABASE_URL: own.url })).initialize();
    await migrate(database, schema);
    return new World(nats, js, connection, database, own.url, async () => {
      await database.destroy();
      await connection.close();
      await nats.stop();
      await own.drop();
    });
  }

  async stop(): Promise<void> {
    for (const ledger of this.#ledgers) if (ledger.isRunning) await ledger.kill();
    await this.close();
  }

  /** Starts NATS again, and waits until the test's own connection is back: what is sent before that is lost. */
  async restartNats(): Promise<void> {
    await this.nats.restart();
    await eventually(async () => void (await this.connection.rtt()));
  }

  /** Starts the service. */
  async startLedger(env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    const ledger = await startService({
      app: 'ledger', entry: 'src/main.ts', nodeArgs: fromSource,
      env: { NATS_URL: this.nats.url, DATABASE_URL: this.databaseUrl, MANAGEMENT_HOST: '127.0.0.1', LEDGER_INTERVAL_MS: '200', ...env },
    });
    this.#ledgers.push(ledger);
    return ledger;
  }

  /** Runs the command that checks everything. */
  async check(): Promise<{ code: number; text: string }> {
    const command = await startService({ app: 'ledger', entry: 'src/check.ts', nodeArgs: fromSource, env: { NATS_URL: this.nats.url } });
    const { code } = await command.exited;
    return { code, text: command.lines.join('\n') };
  }

  /** Appends to an endpoint's history; returns the version. */
  async configure(endpointId: string, ...events: EndpointEvent[]): Promise<number> {
    return (await this.js.publish(configSubject(accountId, endpointId), encodeEndpointEvents(events))).seq;
  }

  async anEndpoint(events: EventType[] = [eventType]): Promise<string> {
    const endpointId = newEndpointId();
    await this.configure(endpointId, { type: 'created', at: now(), url: 'https://hooks.example.com/', events, active: true, description: null, sealedSecret: 'sealed' });
    return endpointId;
  }

  async anEvent(): Promise<StoredEvent> {
    const { seq: sequence } = await this.js.publish(eventSubject(accountId, eventType), '{}');
    const message = await (await this.js.jetstreamManager(false)).streams.getMessage(streams.events, { seq: sequence });
    const storedAt = message!.time.getTime();
    return { sequence, storedAt, eventId: eventIdOf(sequence, storedAt) };
  }

  /** What the router stores for an event, last of all. */
  async note({ sequence, storedAt }: StoredEvent, more: Pick<Routing, 'configVersion' | 'deliveries'> & { fault?: RoutingFault }): Promise<void> {
    const subject = eventSubject(accountId, eventType);
    await this.js.publish(routingSubject, JSON.stringify(routingOf({ subject, sequence, storedAt }, { fault: null, ...more })));
  }

  async bury({ sequence }: StoredEvent, reason: string): Promise<void> {
    const { subject, data, headers } = deadLetterOf('event', { subject: eventSubject(accountId, eventType), sequence, msgId: undefined, data: Buffer.from('{}') }, reason);
    await this.js.publish(subject, data, { headers: toHeaders(headers) });
  }

  /** Schedules a delivery; returns its id. */
  async schedule({ eventId }: StoredEvent, endpointId: string, configVersion: number): Promise<string> {
    const deliveryId = deliveryIdOf(eventId, endpointId);
    await this.js.publish(deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'scheduled'), '{}', {
      msgID: deliveryMsgId.scheduled(deliveryId),
      headers: toHeaders(deliveryRequestHeaders({ deliveryId, accountId, eventId, eventType, configVersion })),
    });
    return deliveryId;
  }

  /** Records an attempt: the delivery's last, or, if it is `Retrying`, one that another one follows. */
  async end(deliveryId: string, endpointId: string, outcome: Outcome = 'Success'): Promise<void> {
    const attempt: Attempt = {
      deliveryId, accountId, eventType, attempt: 1, startedAt: now(), responseTimeMs: 1, outcome, statusCode: 200, error: null, url: 'https://hooks.example.com/',
      requestHeaders: {}, responseBody: '', responseTruncated: false, nextAttemptAt: null,
    };
    await this.js.publish(deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'attempted'), JSON.stringify(attempt));
  }

  /** Acknowledges everything that is there, as routers and workers would when they are done. */
  async settle(): Promise<void> {
    const durables = [[streams.events, routerDurable], ...Array.from({ length: shards }, (_, shard) => [streams.deliveries, workerDurable(normalLane, shard)])];
    for (const [stream, durable] of durables as [string, string][]) {
      const consumer = await this.js.consumers.get(stream, durable);
      const { num_pending: count } = await consumer.info();
      if (count === 0) continue;
      for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 })) await message.ackAck();
    }
  }
}

/** What the ledger last found, once it was drawn after the call. */
export async function balanceOf(ledger: ServiceProcess): Promise<Balance> {
  const since = now();
  return await eventually(async () => {
    const balance = await pageOf<Balance>(ledger, 'ledger');
    if (!(balance.at > since)) throw new Error('no balance was drawn since');
    return balance;
  });
}

export async function pageOf<T>(ledger: ServiceProcess, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${ledger.managementPort}/${path}`);
  return (path === 'metrics' ? await response.text() : await response.json()) as T;
}

/** What a ledger shows of a metric, such as `webhooks_stream_messages{stream="DELIVERIES"}`; `undefined` if it shows nothing of it. */
export async function metricOf(ledger: ServiceProcess, series: string): Promise<number | undefined> {
  const line = (await pageOf<string>(ledger, 'metrics')).split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

function now(): string {
  return new Date().toISOString();
}
