import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliverySubject, normalLane, type Attempt } from '@cepro/contracts';
import { dropSchema } from '@cepro/projection';
import { eventually } from '@cepro/testkit';
import { jetstream } from '@nats-io/jetstream';
import { attempted as recordAttempt } from './attempts.ts';
import { anAccount, as, startReady, startWorld, url, type Call, type Service, type World } from './harness.ts';
import { run } from './processes.ts';

let world: World;
let service: Service;
const account = anAccount();
let call: Call;
beforeAll(async () => {
  world = await startWorld();
  service = await startReady(world.env);
  call = await as(service, account);
});
afterAll(async () => {
  await service?.stop();
  await world?.stop();
});

async function created(description: string): Promise<string> {
  return (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'], description })).body.id;
}

function attempted(endpointId: string, startedAt: string, outcome: Attempt['outcome'], fact: 'attempted' | 'tested' = 'attempted'): Promise<void> {
  return recordAttempt(world, { accountId: account, endpointId, startedAt, outcome, fact });
}

const healthOf = async (id: string) => (await call('GET', `/v1/webhooks/${id}`)).body.health;
const at = (minute: number) => `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`;

describe('health', () => {
  it('follows the attempts of deliveries, not those of Send Tests', async () => {
    const id = await created('healthy');
    await attempted(id, at(0), 'Success', 'tested');
    await attempted(id, at(1), 'Success');
    await eventually(async () => expect(await healthOf(id)).toEqual({ state: 'healthy', lastSuccessAt: at(1), lastFailureAt: null, failingSince: null }));
    await attempted(id, at(2), 'Retrying');
    await attempted(id, at(3), 'Failed');
    await eventually(async () => expect(await healthOf(id)).toEqual({ state: 'failing', lastSuccessAt: at(1), lastFailureAt: at(3), failingSince: at(2) }));
    expect((await call('PATCH', `/v1/webhooks/${id}`, { active: false })).body.health).toMatchObject({ state: 'disabled', failingSince: at(2) });
    await call('PATCH', `/v1/webhooks/${id}`, { active: true });
    await attempted(id, at(4), 'Success');
    await eventually(async () => expect(await healthOf(id)).toEqual({ state: 'healthy', lastSuccessAt: at(4), lastFailureAt: at(3), failingSince: null }));
  });

  it('counts each failed delivery once, with two replicas at it', async () => {
    const id = await created('failing');
    const second = await startReady(world.env);
    try {
      for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 10 }, () => attempted(id, at(1), 'Failed')));
      const last = await created('the last');
      await attempted(last, at(2), 'Success');
      await eventually(async () => expect((await healthOf(last)).state).toBe('healthy'));
      // The slower one may still be at it; it ends what it has begun before it stops.
      await sleep(500);
    } finally {
      await second.stop();
    }
    expect(await world.source.query('SELECT failed_deliveries FROM config.endpoint_health WHERE endpoint_id = $1', [id])).toEqual([{ failed_deliveries: 200 }]);
  });

  it('of a deleted endpoint goes, and does not come back', async () => {
    const [id, other] = [await created('to be deleted'), await created('to stay')];
    await attempted(id, at(1), 'Failed');
    await eventually(async () => expect((await healthOf(id)).state).toBe('failing'));
    expect((await call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
    await attempted(id, at(2), 'Failed');
    await attempted(other, at(2), 'Failed');
    await eventually(async () => expect((await healthOf(other)).state).toBe('failing'));
    expect(await world.source.query('SELECT * FROM config.endpoint_health WHERE endpoint_id = $1', [id])).toEqual([]);
  });

  it('is not stopped by what can\'t be read', async () => {
    const id = await created('after garbage');
    await jetstream(world.connection, { timeout: 60_000 }).publish(deliverySubject(normalLane, 0, id, 'attempted'), 'garbage');
    await jetstream(world.connection, { timeout: 60_000 }).publish(`webhooks.config.${account}.garbage`, 'garbage');
    await jetstream(world.connection, { timeout: 60_000 }).publish(`webhooks.config.${account}.${id}`, '[{"type":"unheard_of"}]');
    await jetstream(world.connection, { timeout: 60_000 }).publish(
      `webhooks.config.${account}.${id}`, JSON.stringify([{ type: 'changed', at: at(0), description: 'NUL \0 and half \ud800', events: ['invoice.paid', 'not.yet.known'] }]),
    );
    await attempted(id, at(1), 'Success');
    await eventually(async () => expect((await healthOf(id)).state).toBe('healthy'));
    await eventually(async () => expect((await call('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ description: 'NUL  and half \ufffd', events: ['invoice.paid', 'not.yet.known'] }));
    expect(await call('PATCH', `/v1/webhooks/${id}`, { description: 'fine' })).toMatchObject({ status: 200, body: { description: 'fine' } });
  });
});

describe('a rebuild', () => {
  const tables = async () => ({
    endpoints: await world.source.query('SELECT * FROM config.endpoints ORDER BY id'),
    health: await world.source.query('SELECT * FROM config.endpoint_health ORDER BY endpoint_id'),
    notices: await world.source.query('SELECT * FROM config.endpoint_notices ORDER BY endpoint_id'),
  });

  it('makes the same rows from the streams, while the service runs, and the service goes on', async () => {
    for (let i = 0; i < 5; i += 1) {
      const id = await created(`one of many ${i}`);
      await attempted(id, at(i), i % 2 ? 'Success' : 'Retrying');
      if (i === 3) await call('DELETE', `/v1/webhooks/${id}`);
    }
    const settled = async () => {
      const { state: { last_seq: last } } = await world.jsm.streams.info('DELIVERIES');
      const [{ position }] = await world.source.query('SELECT position FROM config.projections WHERE name = \'endpoint-health\'');
      return Number(position) === last;
    };
    await eventually(settled);
    const before = await tables();
    const list = (await call('GET', '/v1/webhooks?limit=100')).body;
    expect(before.endpoints.length).toBeGreaterThan(6);
    expect(before.health.length).toBeGreaterThan(5);

    const { NATS_URL, DATABASE_URL } = world.env;
    const outcome = await run('rebuild', { NATS_URL: NATS_URL!, DATABASE_URL: DATABASE_URL! });
    expect({ code: outcome.code, last: outcome.logs.at(-1) }).toEqual({ code: 0, last: expect.objectContaining({ msg: 'rebuilt' }) });
    expect(await tables()).toEqual(before);

    await eventually(async () => expect((await call('GET', '/v1/webhooks?limit=100')).body).toEqual(list));
    const id = await created('after the rebuild');
    await eventually(async () => expect((await call('GET', `/v1/webhooks/${id}`)).status).toBe(200));
  });

  it('happens by itself where the schema was dropped and migrated', async () => {
    const before = await tables();
    await dropSchema(world.source, 'config');
    const { DATABASE_URL } = world.env;
    const migrated = await run('migrate', { DATABASE_URL: DATABASE_URL! });
    expect(migrated.logs.at(-1)).toMatchObject({ msg: 'migrations ran', ran: [/^CreateEndpoints/, /^AddRateLimit/, /^WatchEndpoints/].map((name) => expect.stringMatching(name)) });
    expect((await run('migrate', { DATABASE_URL: DATABASE_URL! })).logs.at(-1)).toMatchObject({ msg: 'nothing to migrate', ran: [] });
    const second = await startReady(world.env);
    await eventually(async () => expect(await tables()).toEqual(before));
    await second.stop();
  });
});
