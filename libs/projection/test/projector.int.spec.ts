import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectNats } from '@cepro/jetstream';
import { createLogger } from '@cepro/service';
import { createTestDatabase, eventually, startNats, type NatsServer, type TestDatabase } from '@cepro/testkit';
import { jetstream, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DataSource, EntityManager, MigrationInterface, QueryRunner } from 'typeorm';
import { register } from 'prom-client';
import { createProjectionsTable, dataSourceOf, migrate, Projector, showProgress, type Projection } from '../src/index.ts';

const schema = 'seen';
const stream = 'NUMBERS';
const subject = 'numbers';
const count = 300;

class CreateSeen1795507200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createProjectionsTable(schema));
    await runner.query('CREATE TABLE seen.messages (seq bigint NOT NULL)');
  }

  async down(): Promise<void> {}
}

/** Notes each message that it is given, however often, and takes its time over it. */
class Seen implements Projection {
  readonly name = 'seen';
  readonly stream = stream;

  readonly told: { readonly seq: number; readonly begunAt: number }[] = [];

  constructor(private readonly before: () => Promise<void> = async () => undefined, readonly subjects: readonly string[] = [subject]) {}

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    await this.before();
    await manager.query('INSERT INTO seen.messages SELECT unnest($1::bigint[])', [messages.map(({ seq }) => seq)]);
    await manager.query('SELECT pg_sleep(0.05)');
  }

  stored(messages: readonly JsMsg[], begunAt: number): void {
    this.told.push(...messages.map(({ seq }) => ({ seq, begunAt })));
  }
}

let nats: NatsServer;
let connection: NatsConnection;
let js: JetStreamClient;
let database: TestDatabase;
let sources: DataSource[];
let stop: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  [nats, database] = await Promise.all([startNats(), createTestDatabase()]);
  connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
  js = jetstream(connection, { timeout: 60_000 });
  await (await js.jetstreamManager()).streams.add({ name: stream, subjects: [subject, 'letters'] });
  sources = [];
  running = [];
  stop = new AbortController();
  await migrate(await aSource(), schema);
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await Promise.all(sources.map((source) => source.destroy()));
  await connection.close();
  await nats.stop();
  await database.drop();
});

async function aSource(): Promise<DataSource> {
  const source = await dataSourceOf({ url: database.url, schema, poolSize: 3, entities: [], migrations: [CreateSeen1795507200000] }).initialize();
  sources.push(source);
  return source;
}

/** A projector as each replica of a service has one. */
async function aProjector(projection: Projection): Promise<Projector> {
  const projector = new Projector(projection, await aSource(), schema, createLogger('test', 'fatal'));
  running.push(projector.run(js, stop.signal));
  return projector;
}

async function publish(many: number): Promise<void> {
  for (let n = 0; n < many; n += 1) await js.publish(subject, String(n));
}

const seen = async () => (await sources[0]!.query<{ seq: string }[]>('SELECT seq FROM seen.messages ORDER BY seq')).map(({ seq }) => Number(seq));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('a projection', () => {
  it('is given each message once, with two replicas at it', async () => {
    await publish(count);
    const projectors = [await aProjector(new Seen()), await aProjector(new Seen())];
    await publish(count);
    await eventually(() => projectors.every(({ position }) => position.sequence === 2 * count));
    expect(await seen()).toEqual(upTo(2 * count));
  });

  it('is told once of each message that is stored, by whichever replica stored it, and not of what could not be stored', async () => {
    await publish(count);
    let failures = 3;
    const since = Date.now();
    const projections = [1, 2].map(() => new Seen(async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('it can not be stored now');
    }));
    const projectors = await Promise.all(projections.map(aProjector));
    await eventually(() => projectors.every(({ position }) => position.sequence === count));
    const told = projections.flatMap((projection) => projection.told);
    expect(told.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(upTo(count));
    for (const { begunAt } of told) expect(begunAt).toBeGreaterThanOrEqual(since);
  });

  it('has not caught up, and says so, before everything is stored that the stream held', async () => {
    await publish(3);
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const projector = await aProjector(new Seen(async () => {
      reached.resolve();
      await gate.promise;
    }));
    await reached.promise;
    const { problem } = projector;
    gate.resolve();
    expect(problem).toBe('not caught up yet');
    await projector.caughtUp;
    expect(await seen()).toEqual(upTo(3));
    expect(projector.problem).toBeUndefined();
  });
});

describe('the lag of a projection', () => {
  const show = (...projectors: Projector[]) => showProgress({ jetstream: () => Promise.resolve(js) }, projectors);
  /** What is shown of the projection, by the end of the metric's name. */
  async function shown(): Promise<Record<string, number>> {
    const text = await register.metrics();
    return Object.fromEntries([...text.matchAll(/^webhooks_projection_(\w+)\{projection="seen"\} (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]));
  }

  it('is nobody\'s guess before the database has told how far it is', async () => {
    await publish(3);
    show(new Projector(new Seen(), await aSource(), schema, createLogger('test', 'fatal')));
    expect(await shown()).toEqual({});
  });

  it('is how many messages it has not stored, and the age of the oldest', async () => {
    const before = Date.now();
    await publish(1);
    const gate = Promise.withResolvers<void>();
    const projector = await aProjector(new Seen(() => gate.promise));
    show(projector);
    await publish(2);
    await eventually(async () => expect(await shown()).toMatchObject({ position: 0, lag_messages: 3 }));
    const { lag_seconds: lag } = await eventually(async () => {
      const figures = await shown();
      if (!(figures['lag_seconds']! > 0.3)) throw new Error(`it is ${figures['lag_seconds']}`);
      return figures;
    });
    expect(lag).toBeLessThanOrEqual((Date.now() - before) / 1_000);
    gate.resolve();
    await eventually(async () => expect(await shown()).toEqual({ position: 3, lag_messages: 0, lag_seconds: 0 }));
  });

  it('has nothing of what the projection does not want', async () => {
    const projector = await aProjector(new Seen());
    show(projector);
    await publish(2);
    await eventually(() => projector.position.sequence === 2);
    await js.publish('letters', 'a');
    expect(await shown()).toEqual({ position: 2, lag_messages: 0, lag_seconds: 0 });
  });

  it('stays as it was last known while NATS is away', async () => {
    const projector = await aProjector(new Seen());
    show(projector);
    await publish(2);
    await eventually(async () => expect(await shown()).toEqual({ position: 2, lag_messages: 0, lag_seconds: 0 }));
    await nats.pause();
    expect(await shown()).toEqual({ position: 2, lag_messages: 0, lag_seconds: 0 });
    nats.resume();
  });
});
