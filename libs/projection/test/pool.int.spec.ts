import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, Readiness } from '@cepro/service';
import { createTestDatabase, eventually, type TestDatabase } from '@cepro/testkit';
import { register } from 'prom-client';
import { Database } from '../src/index.ts';

let own: TestDatabase;
let database: Database;

beforeEach(async () => {
  own = await createTestDatabase();
  database = new Database(
    { url: own.url, schema: 'seen', poolSize: 2, entities: [], migrations: [], timeoutMs: 30_000 }, createLogger('test', 'fatal'), new Readiness(),
  );
});

afterEach(async () => {
  await database.onApplicationShutdown();
  await own.drop();
});

async function shown(): Promise<Record<string, number>> {
  const text = await register.metrics();
  return Object.fromEntries([...text.matchAll(/^webhooks_database_connections(?:_(max)|\{state="(\w+)"\}) (\d+)$/gm)].map(([, max, state, value]) => [max ?? state!, Number(value)]));
}

describe('the connections of a service', () => {
  it('are none before the database is there', async () => {
    expect(await shown()).toEqual({ max: 8, idle: 0, busy: 0, waiting: 0 });
  });

  it('are busy while somebody asks, and whoever finds none waits', async () => {
    database.onModuleInit();
    await eventually(() => database.ask((manager) => manager.query('SELECT 1')));
    const gate = Promise.withResolvers<void>();
    const questions = Array.from({ length: 5 }, () => database.ask(async (manager) => {
      await manager.query('SELECT 1');
      await gate.promise;
    }));
    await eventually(async () => {
      const { busy, waiting } = await shown();
      // The service looks at its database too now and then, and waits with the others.
      expect(busy).toBe(2);
      expect(waiting).toBeGreaterThanOrEqual(3);
    });
    gate.resolve();
    await Promise.all(questions);
    await eventually(async () => expect(await shown()).toMatchObject({ busy: 0, waiting: 0 }));
    expect((await shown())['idle']).toBeGreaterThan(0);
  });
});
