import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, startPostgres, startProxy } from '@cepro/testkit';
import { aDelivery, attempted, deleted, scheduled, type TestEndpoint } from './support/builders.ts';
import { World } from './support/world.ts';

let world: World;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await world.stop();
  for (const close of closing.splice(0).reverse()) await close();
});

const count = 50;

async function publishBatch(endpoint: TestEndpoint): Promise<void> {
  const deliveries = Array.from({ length: count }, () => aDelivery(endpoint));
  await world.publish(...deliveries.flatMap((delivery) => [scheduled(delivery), attempted(delivery, { outcome: 'Retrying' }), attempted(delivery, { attempt: 2 })]));
}

const stored = async () => [await world.count('deliveries', `status = 'succeeded'`), await world.count('attempts')];

describe('a crash', () => {
  it.each([
    ['before it has stored anything', 'INSERT INTO log.deliveries'],
    ['between deliveries and attempts', 'INSERT INTO log.attempts'],
    ['before it has stored its position', 'SET position'],
    ['just before COMMIT', 'COMMIT'],
  ])('%s neither loses nor doubles a row', async (_, pattern) => {
    world = await World.start();
    const proxy = await startProxy({ target: world.databaseUrl });
    closing.push(() => proxy.stop());
    const endpoint = await world.createdEndpoint();
    const log = await world.startLog({ DATABASE_URL: proxy.url });
    await world.projected();
    const reached = proxy.killOn({ pattern, kill: () => log.service.kill() });
    await publishBatch(endpoint);
    await reached;
    expect(log.service.isRunning).toBe(false);
    expect(await stored()).toEqual([0, 0]);
    // What it had stored before, such as the first delivery that came by itself, its position covers exactly.
    expect(await world.position('deliveries')).toBe(await world.count('deliveries'));

    await world.startLog();
    await world.projected();
    expect(await stored()).toEqual([count, 2 * count]);
  });

  it('of NATS, and whatever is published when it is back, is gone over', async () => {
    world = await World.start();
    const endpoint = await world.createdEndpoint();
    const log = await world.startLog();
    await publishBatch(endpoint);
    await world.projected();
    await world.nats.kill();
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${log.service.managementPort}/health/ready`)).status).toBe(503));
    expect((await log.get(`/v1/webhooks/${endpoint.id}/attempts`)).status).toBe(200);
    await world.restartNats();
    await publishBatch(endpoint);
    await log.service.ready();
    await world.projected();
    expect((await stored())[0]).toBeGreaterThanOrEqual(2 * count);
    expect((await stored())[1]).toBe(2 * (await stored())[0]!);
  });

  it('of Postgres is waited out', async () => {
    const postgres = await startPostgres();
    closing.push(() => postgres.stop());
    world = await World.start({ databaseUrl: await postgres.createDatabase() });
    const endpoint = await world.createdEndpoint();
    const log = await world.startLog();
    await publishBatch(endpoint);
    await world.projected();

    await world.database.destroy();
    await postgres.kill();
    const answer = await log.get<{ code: string }>(`/v1/webhooks/${endpoint.id}/attempts`);
    expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
    await publishBatch(endpoint);
    const gone = await world.createdEndpoint();
    await world.configure(gone, deleted());
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${log.service.managementPort}/health/ready`)).status).toBe(503));
    expect((await fetch(`http://127.0.0.1:${log.service.managementPort}/health/live`)).status).toBe(200);

    await postgres.restart();
    await world.database.initialize();
    await log.service.ready();
    await world.projected();
    expect(await stored()).toEqual([2 * count, 4 * count]);
    await eventually(async () => (await world.count('endpoints', 'erased_at IS NOT NULL')) === 1);
  });

  it('without any dependency there, the service starts, says what is missing, and goes on when it comes', async () => {
    const postgres = await startPostgres();
    closing.push(() => postgres.stop());
    world = await World.start({ databaseUrl: await postgres.createDatabase() });
    const endpoint = await world.createdEndpoint();
    await world.database.destroy();
    await postgres.kill();
    await world.nats.kill();
    const log = await world.startLog({}, { ready: false });
    await eventually(async () => {
      const ready = await fetch(`http://127.0.0.1:${log.service.managementPort}/health/ready`);
      expect(ready.status).toBe(503);
      expect(Object.keys((await ready.json() as { problems: object }).problems)).toEqual(expect.arrayContaining(['nats', 'database', 'projection of deliveries']));
    });
    await eventually(async () => expect((await log.get(`/v1/webhooks/${endpoint.id}/attempts`)).status).toBe(503));
    await postgres.restart();
    await world.restartNats();
    await world.database.initialize();
    await log.service.ready();
    expect((await log.get(`/v1/webhooks/${endpoint.id}/attempts`)).status).toBe(200);
  });
});
