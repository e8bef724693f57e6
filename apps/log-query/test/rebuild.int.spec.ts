import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams, endpointDeliverySubjects } from '@cepro/contracts';
import { dropSchema, migrate } from '@cepro/projection';
import { eventually, startService } from '@cepro/testkit';
import { schema } from '../src/database/schema.ts';
import { aDelivery, attempted, cancelled, deleted, disabled, retry, scheduled, tested } from './support/builders.ts';
import { fromSource, World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(() => world.stop());

async function runCommand(entry: string, env: Record<string, string> = {}): Promise<number> {
  const command = await startService({
    app: 'log-query', ...fromSource, entry, env: { NATS_URL: world.nats.url, DATABASE_URL: world.databaseUrl, ...env },
  });
  const { code } = await command.exited;
  if (code !== 0) throw new Error(`${entry} ended with ${code}: ${command.lines.join('\n')}`);
  return code;
}

async function history(): Promise<void> {
  const endpoints = await Promise.all(Array.from({ length: 6 }, () => world.createdEndpoint()));
  for (const [index, endpoint] of endpoints.entries()) {
    for (let each = 0; each < 40; each++) {
      const delivery = aDelivery(endpoint, { at: Date.now() - (each % 3) * 86_400_000 });
      await world.publish(scheduled(delivery));
      if (each % 4 === 0) await world.publish(attempted(delivery, { outcome: 'Failed' }), retry(delivery, 2), attempted(delivery, { attempt: 2 }));
      if (each % 4 === 1) await world.publish(attempted(delivery, { outcome: 'Retrying' }), cancelled(delivery));
      if (each % 4 === 2) await world.publish(attempted(delivery), tested(endpoint));
    }
    if (index % 3 === 0) await world.configure(endpoint, disabled());
  }
}

describe('rebuilding the log', () => {
  it('gives the same rows, with no service running', async () => {
    const log = await world.startLog();
    await history();
    const gone = await world.createdEndpoint();
    const lost = aDelivery(gone);
    await world.publish(scheduled(lost), attempted(lost));
    await world.configure(gone, deleted());
    await world.projected();
    await eventually(async () => (await world.count('endpoints', 'erased_at IS NOT NULL')) === 1);
    await log.stop();
    const before = await world.rows();
    expect(before.attempts.length).toBeGreaterThan(200);

    // A fact of the deleted endpoint that came while nobody was there makes no row either.
    const late = aDelivery(gone);
    await world.publish(scheduled(late), attempted(late));
    await runCommand('src/rebuild.ts');
    expect(await world.rows()).toEqual(before);

    await world.startLog();
    await eventually(async () => (await world.held(streams.deliveries, endpointDeliverySubjects(gone.id))) === 0);
    await eventually(async () => (await world.count('endpoints', 'erased_at IS NOT NULL')) === 1);
  });

  it('gives the same rows and answers while services run and facts arrive', async () => {
    const [log] = [await world.startLog(), await world.startLog()];
    await world.projected();
    const before = await world.rows();
    const answer = async () => {
      const [row]: { endpoint_id: string }[] = await world.database.query(`SELECT endpoint_id FROM log.endpoints WHERE deleted_at IS NULL ORDER BY 1 LIMIT 1`);
      return (await log.get(`/v1/webhooks/${row!.endpoint_id}/attempts?limit=100`)).body;
    };
    const said = await answer();
    for (let round = 0; round < 3; round++) {
      await runCommand('src/rebuild.ts');
      await world.projected();
      expect(await world.rows()).toEqual(before);
    }
    await log.service.ready();
    expect(await answer()).toEqual(said);
    const arriving = history();
    await runCommand('src/rebuild.ts');
    await arriving;
    await world.projected();
    const after = await world.rows();
    await runCommand('src/rebuild.ts');
    await world.projected();
    expect(await world.rows()).toEqual(after);
  });

  it('happens by itself when the schema is dropped under running services', async () => {
    const log = await world.startLog();
    await world.projected();
    const before = await world.rows();
    await dropSchema(world.database, schema);
    await eventually(async () => expect((await log.get('/v1/webhooks/wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f/attempts')).status).toBe(503));
    await migrate(world.database, schema);
    await world.projected();
    expect(await world.rows()).toEqual(before);
    await log.service.ready();
  });

  it('can be migrated by several at once, again and again', async () => {
    expect(await Promise.all([runCommand('src/migrate.ts'), runCommand('src/migrate.ts')])).toEqual([0, 0]);
  });

  it('says every fault of its environment', async () => {
    const command = await startService({ app: 'log-query', ...fromSource, entry: 'src/main.ts', env: { LOG_RETENTION_DAYS: 'a month', HTTP_BODY_LIMIT_KB: '1' } });
    expect((await command.exited).code).toBe(78);
    const text = command.lines.join('\n');
    for (const name of ['NATS_URL', 'DATABASE_URL', 'LOG_RETENTION_DAYS', 'HTTP_BODY_LIMIT_KB', 'AUTH_AUDIENCE', 'AUTH_ISSUER']) expect(text).toContain(name);
  });
});
