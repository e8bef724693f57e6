import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, startPostgres } from '@cepro/testkit';
import { aDelivery, attempted, scheduled } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

let world: World | undefined;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await world?.stop();
  world = undefined;
  for (const close of closing.splice(0)) await close();
});

const timeoutMs = 500;
const impatient = { DATABASE_TIMEOUT_MS: String(timeoutMs), DATABASE_POOL_SIZE: '4' };

async function problemsOf(log: Log): Promise<Record<string, string>> {
  const ready = await fetch(`http://127.0.0.1:${log.service.managementPort}/health/ready`);
  return ready.status === 200 ? {} : ((await ready.json()) as { problems: Record<string, string> }).problems;
}

describe('a Postgres that hangs', () => {
  it('makes every answer "unavailable" and the service not ready, and all goes on when it answers again', async () => {
    const postgres = await startPostgres();
    closing.push(() => postgres.stop());
    world = await World.start({ databaseUrl: await postgres.createDatabase() });
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    await world.publish(scheduled(delivery), attempted(delivery, { attempt: 1 }));
    const log = await world.startLog(impatient);
    await world.projected();
    const paths = [`/v1/webhooks/${endpoint.id}/attempts`, `/v1/deliveries/${delivery.id}`];
    for (const path of paths) expect((await log.get(path)).status).toBe(200);

    await postgres.pause();
    // More than there are connections, twice: those of the first must not be lost to the second.
    for (let round = 0; round < 2; round += 1) {
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => log.get(paths[index % 2]!)));
      for (const { status, body } of answers) expect([status, body['code']]).toEqual([503, 'unavailable']);
    }
    await eventually(async () => expect(Object.keys(await problemsOf(log))).toContain('database'));

    postgres.resume();
    await log.service.ready();
    for (const path of paths) expect((await log.get(path)).status).toBe(200);
    const next = aDelivery(endpoint);
    await world.publish(scheduled(next));
    await world.projected();
    expect(await world.count('deliveries')).toBe(2);
  });

  it('in one statement only: that ends there too, while what stores rows waits for as long as it takes', async () => {
    world = await World.start();
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    await world.publish(scheduled(delivery));
    const log = await world.startLog(impatient);
    await world.projected();
    const lines = log.service.lines.length;

    const blocker = world.database.createQueryRunner();
    await blocker.startTransaction();
    await blocker.query('LOCK TABLE log.attempts IN ACCESS EXCLUSIVE MODE');
    const answer = await log.get(`/v1/webhooks/${endpoint.id}/attempts`);
    expect([answer.status, answer.body['code']]).toEqual([503, 'unavailable']);
    const waiting = () => world!.database.query(
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'SELECT%'`,
    );
    await eventually(async () => expect(await waiting()).toEqual([]));
    await world.publish(attempted(delivery, { attempt: 1 }));
    await sleep(4 * timeoutMs);
    await blocker.rollbackTransaction();
    await blocker.release();

    await world.projected();
    expect(await world.count('attempts')).toBe(1);
    expect(log.service.lines.slice(lines).filter((line) => line.includes('could not be stored'))).toEqual([]);
    expect((await log.get<{ data: unknown[] }>(`/v1/webhooks/${endpoint.id}/attempts`)).body.data).toHaveLength(1);
  });
});
