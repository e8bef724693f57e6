import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultTopology, provision } from '@cepro/jetstream';
import { dataSourceOf, dropSchema, migrate } from '@cepro/projection';
import { eventually, startPostgres, startProxy, type FaultProxy } from '@cepro/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { anAccount, as, configSequence, launch, startReady, startWorld, url } from './harness.ts';
import { databaseSettings } from '../src/read-model/schema.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
/** What was started last is stopped first. */
const stopAfterwards = (stop: () => Promise<unknown>) => cleanUps.push(stop);
afterEach(async () => {
  for (const stop of cleanUps.splice(0).reverse()) await stop();
});

async function aWorld() {
  const world = await startWorld();
  stopAfterwards(() => world.stop());
  return world;
}

const anEndpoint = { url, events: ['invoice.paid'] };

describe('at the start', () => {
  it('without NATS it waits, says so, answers what it can, and goes on when NATS comes', async () => {
    const world = await aWorld();
    const proxy = await startProxy({ target: world.nats.url });
    stopAfterwards(() => proxy.stop());
    proxy.cut();
    const service = await launch({ ...world.env, NATS_URL: proxy.url });
    stopAfterwards(() => service.stop());
    const call = await as(service, anAccount());
    expect(service.problems()).toMatchObject({ nats: expect.any(String) });
    await eventually(async () => expect((await call('GET', '/v1/webhooks'))).toMatchObject({ status: 200, body: { data: [] } }));
    expect(await call('POST', '/v1/webhooks', anEndpoint)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(await configSequence(world)).toBe(0);
    proxy.restore();
    await service.ready();
    expect((await call('POST', '/v1/webhooks', anEndpoint)).status).toBe(201);
    expect((await call('GET', '/v1/webhooks')).body.data).toHaveLength(1);
  });

  it('without streams it says which are missing, and goes on when they are made', async () => {
    const world = await aWorld();
    for (const { config } of await world.jsm.streams.list().next()) await world.jsm.streams.delete(config.name);
    const service = await launch(world.env);
    stopAfterwards(() => service.stop());
    await eventually(() => expect(service.problems()['streams']).toContain('stream WEBHOOK_CONFIG'));
    await provision(world.jsm, { ...defaultTopology, shards: 2 });
    await service.ready();
    expect((await (await as(service, anAccount()))('POST', '/v1/webhooks', anEndpoint)).status).toBe(201);
  });

  it('without its tables it says so for as long as it takes, and goes on when they are made', async () => {
    const world = await aWorld();
    await dropSchema(world.source, 'config');
    const service = await launch({ ...world.env, DATABASE_POOL_SIZE: '2' });
    stopAfterwards(() => service.stop());
    await eventually(() => expect(service.problems()['database']).toBeTruthy());
    // Longer than it takes to use up the pool, if each look kept a connection.
    await sleep(3_500);
    expect(await (await as(service, anAccount()))('GET', '/v1/webhooks')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await migrate(world.source, 'config');
    await service.ready();
    expect((await (await as(service, anAccount()))('POST', '/v1/webhooks', anEndpoint)).status).toBe(201);
  });

  it('it stops although neither NATS nor Postgres ever came', async () => {
    const world = await aWorld();
    const service = await launch({ ...world.env, NATS_URL: 'nats://127.0.0.1:1', DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none' });
    expect(Object.keys(service.problems())).toEqual(expect.arrayContaining(['nats', 'database']));
    await expect(service.stop()).resolves.toBeUndefined();
  });
});

describe('later', () => {
  it('without NATS it is not ready, refuses changes without waiting for it, still reads, and loses nothing', async () => {
    const world = await aWorld();
    const service = await startReady(world.env);
    stopAfterwards(() => service.stop());
    const call = await as(service, anAccount());
    const { secret: _secret, ...endpoint } = (await call('POST', '/v1/webhooks', anEndpoint)).body;
    const path = `/v1/webhooks/${endpoint.id}`;

    await world.nats.kill();
    await eventually(() => expect(service.problems()).toHaveProperty('nats'));
    expect(await call('GET', path)).toMatchObject({ status: 200, body: endpoint });
    const answers = await Promise.all([
      call('POST', '/v1/webhooks', anEndpoint), call('PATCH', path, { active: false }), call('DELETE', path), call('POST', `${path}/test`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(service.problems()).toHaveProperty('nats');

    await world.nats.restart();
    await service.ready();
    expect((await call('GET', '/v1/webhooks')).body.data).toEqual([endpoint]);
    expect(await call('PATCH', path, { active: false })).toMatchObject({ status: 200, body: { active: false } });
  });

  it.each([
    ['a message that does not reach NATS', async (proxy: FaultProxy, text: string) => proxy.killOn({ pattern: text, kill: () => undefined })],
    ['an acknowledgement that does not come back', async (proxy: FaultProxy, text: string) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stopLooking = proxy.onClientBytes((bytes) => {
        if (!bytes.includes(text)) return;
        stopLooking();
        // The bytes are passed on right after this, and nothing of what the server answers is before the connection breaks.
        setImmediate(() => {
          proxy.cut();
          proxy.restore();
          resolve();
        });
      });
      await promise;
    }],
  ])('%s makes a change neither lost nor stored twice', async (_what, breakAt) => {
    const world = await aWorld();
    const proxy = await startProxy({ target: world.nats.url });
    stopAfterwards(() => proxy.stop());
    const service = await startReady({ ...world.env, NATS_URL: proxy.url });
    stopAfterwards(() => service.stop());
    const call = await as(service, anAccount());
    const { id } = (await call('POST', '/v1/webhooks', anEndpoint)).body;
    const before = await configSequence(world);

    const broken = async (text: string, method: string, path: string, body?: object) => {
      const breaking = breakAt(proxy, text).then(() => 'broken');
      const answer = call(method, path, body);
      expect(await Promise.race([breaking, answer])).toBe('broken');
      return await answer;
    };
    const changed = await broken('a change', 'PATCH', `/v1/webhooks/${id}`, { description: 'a change' });
    expect(changed).toMatchObject({ status: 200, body: { description: 'a change' } });
    expect(await configSequence(world)).toBe(before + 1);

    const created = await broken('a creation', 'POST', '/v1/webhooks', { ...anEndpoint, description: 'a creation' });
    expect(created).toMatchObject({ status: 201, body: { description: 'a creation', secret: expect.stringMatching(/^whsec_/) } });
    expect(await configSequence(world)).toBe(before + 2);

    // Decided again on what it has itself brought about, a deletion would find nothing to delete.
    const deleted = await broken('"type":"deleted"', 'DELETE', `/v1/webhooks/${id}`);
    expect(deleted.status).toBe(204);
    expect(await configSequence(world)).toBe(before + 3);
  });

  it('without Postgres it still changes and deletes, gives no secret away for nothing, and catches up', async () => {
    const world = await aWorld();
    const postgres = await startPostgres();
    stopAfterwards(() => postgres.stop());
    const source = await dataSourceOf(databaseSettings({ DATABASE_URL: postgres.url, DATABASE_POOL_SIZE: 2 })).initialize();
    await migrate(source, 'config');
    await source.destroy();
    const service = await startReady({ ...world.env, DATABASE_URL: postgres.url });
    stopAfterwards(() => service.stop());
    const account = anAccount();
    const call = await as(service, account);
    const [a, b] = [(await call('POST', '/v1/webhooks', anEndpoint)).body, (await call('POST', '/v1/webhooks', anEndpoint)).body];

    for (const [away, back] of [[() => postgres.kill(), () => postgres.restart()], [async () => postgres.pause(), async () => postgres.resume()]] as const) {
      await away();
      const before = await configSequence(world);
      // Nobody can count what an account has: better no endpoint than one too many.
      const refused = await Promise.all([call('GET', '/v1/webhooks'), call('GET', `/v1/webhooks/${a.id}`), call('POST', '/v1/webhooks', anEndpoint)]);
      for (const answer of refused) expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(await configSequence(world)).toBe(before);
      const changed = await call('PATCH', `/v1/webhooks/${a.id}`, { description: `changed at ${before}` });
      expect(changed).toMatchObject({ status: 200, body: { description: `changed at ${before}`, health: { state: 'unknown' } } });
      await eventually(() => expect(Object.keys(service.problems())).toContain('database'));
      await back();
      await service.ready();
      await eventually(async () => expect((await call('GET', `/v1/webhooks/${a.id}`)).body.description).toBe(`changed at ${before}`));
    }

    await postgres.kill();
    // The first endpoint of an account is counted by the stream alone, so its secret is not lost.
    expect(await (await as(service, anAccount()))('POST', '/v1/webhooks', anEndpoint)).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
    expect((await call('DELETE', `/v1/webhooks/${b.id}`)).status).toBe(204);
    await postgres.restart();
    await service.ready();
    await eventually(async () => expect((await call('GET', `/v1/webhooks/${b.id}`)).status).toBe(404));
  });

  it('takes up where another process was killed', async () => {
    const world = await aWorld();
    const first = await startReady(world.env);
    const account = anAccount();
    const { id } = (await (await as(first, account))('POST', '/v1/webhooks', anEndpoint)).body;
    await first.stop();
    const nc = await connect({ servers: world.nats.url });
    stopAfterwards(() => nc.close());
    expect((await (await jetstreamManager(nc)).streams.info('WEBHOOK_CONFIG')).state.messages).toBe(1);
    const second = await startReady(world.env);
    stopAfterwards(() => second.stop());
    const call = await as(second, account);
    expect((await call('GET', `/v1/webhooks/${id}`)).status).toBe(200);
    expect((await call('PATCH', `/v1/webhooks/${id}`, { active: false })).status).toBe(200);
  });
});
