import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSubject, newTestDeliveryId, streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { register } from 'prom-client';
import { attempted, toldOf, type AttemptFields } from './attempts.ts';
import { anAccount, as, launch, startReady, startWorld, url, type Call, type Service, type World } from './harness.ts';

const fast = { AUTO_DISABLE_CHECK_MS: '100' };

let world: World;
let services: Service[] = [];
const account = anAccount();
let call: Call;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await stopServices();
  await world?.stop();
});

async function start(...all: Promise<Service>[]): Promise<void> {
  services = await Promise.all(all);
  call = await as(services[0]!, account);
}

async function stopServices(): Promise<void> {
  await Promise.all(services.map((service) => service.stop()));
  services = [];
}

const created = async () => (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body.id;
const read = async (id: string) => (await call('GET', `/v1/webhooks/${id}`)).body;
const record = (endpointId: string, fields: Partial<AttemptFields>) => attempted(world, { accountId: account, endpointId, outcome: 'Retrying', ...fields });
const gone = (endpointId: string, fields: Partial<AttemptFields> = {}) => record(endpointId, { statusCode: 410, ...fields });

/** How often the endpoint has changed. */
async function changesOf(id: string): Promise<number> {
  const subject = configSubject(account, id);
  const { state } = await world.jsm.streams.info(streams.config, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
}

/** How many endpoints this process, all replicas in it, says to have switched off. */
async function switchedOff(reason: string): Promise<number> {
  return Number(new RegExp(`^webhooks_endpoints_auto_disabled_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(await register.metrics())?.[1]);
}

/** From here on, whatever was to be done about attempts recorded before has been done. */
async function looked(): Promise<void> {
  const id = await created();
  for (let n = 0; n < 3; n += 1) await gone(id);
  await eventually(async () => expect(await read(id)).toMatchObject({ active: false, disabledReason: 'gone' }));
  await eventually(async () => expect(await toldOf(world, id)).toHaveLength(1));
}

describe('an endpoint that answers 410', () => {
  beforeAll(() => start(...[1, 2].map(() => startReady({ ...world.env, ...fast }))));
  afterAll(stopServices);

  it('to three deliveries in a row is switched off as gone, once, whichever of two replicas sees it', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, created));
    const before = await switchedOff('gone');
    await Promise.all(ids.map(async (id) => {
      const deliveryId = newTestDeliveryId();
      for (const attempt of [1, 2]) await gone(id, { deliveryId, attempt });
      await gone(id);
      expect(await read(id)).toMatchObject({ active: true });
      await gone(id);
    }));
    for (const id of ids) await eventually(async () => expect(await read(id)).toMatchObject({ active: false, disabledReason: 'gone', disabledAt: expect.any(String), health: { state: 'disabled' } }));
    await looked();
    // And the one by which it is known that everybody has looked.
    expect([await switchedOff('gone') - before, await switchedOff('failing')]).toEqual([ids.length + 1, 0]);
    for (const id of ids) {
      expect(await changesOf(id)).toBe(2);
      const { disabledAt, health } = await read(id);
      expect(await toldOf(world, id)).toEqual([{
        id: expect.stringContaining(id), type: 'webhook.disabled', accountId: account, endpointId: id, host: '127.0.0.1:8443', reason: 'gone',
        since: health.failingSince, at: disabledAt, failedDeliveries: 0,
      }]);
    }
  });

  it('is left alone unless there are three deliveries and nothing else between', async () => {
    const [once, success, failure, broken, tested] = [await created(), await created(), await created(), await created(), await created()];
    const deliveryId = newTestDeliveryId();
    for (const attempt of [1, 2, 3, 4]) await gone(once, { deliveryId, attempt });
    for (const between of [{ id: success, outcome: 'Success' }, { id: failure, outcome: 'Retrying' }] as const) {
      for (let n = 0; n < 2; n += 1) await gone(between.id);
      await record(between.id, { outcome: between.outcome });
      for (let n = 0; n < 2; n += 1) await gone(between.id);
    }
    for (let n = 0; n < 3; n += 1) await gone(broken, { error: 'timeout' });
    for (let n = 0; n < 3; n += 1) await gone(tested, { fact: 'tested' });
    await looked();
    for (const id of [once, success, failure, broken, tested]) expect([id, (await read(id)).active, await toldOf(world, id)]).toEqual([id, true, []]);
  });

  it('has three deliveries again when it is switched on', async () => {
    const id = await created();
    for (let n = 0; n < 3; n += 1) await gone(id);
    await eventually(async () => expect(await read(id)).toMatchObject({ active: false, disabledReason: 'gone' }));
    await call('PATCH', `/v1/webhooks/${id}`, { active: true });
    for (let n = 0; n < 2; n += 1) await gone(id);
    await looked();
    expect(await read(id)).toMatchObject({ active: true, disabledReason: null });
    await gone(id);
    await eventually(async () => expect(await read(id)).toMatchObject({ active: false, disabledReason: 'gone' }));
    await eventually(async () => expect((await toldOf(world, id)).map(({ type }) => type)).toEqual(['webhook.disabled', 'webhook.disabled']));
  });
});

describe('a view that lacks what happened last', () => {
  afterAll(stopServices);

  const goneInView = async (id: string) => Number((await world.source.query('SELECT jsonb_array_length(gone) AS n FROM config.endpoint_health WHERE endpoint_id = $1', [id]))[0]?.n);

  /** Keeps every projection from storing anything for as long as `work` takes. */
  async function withoutProjecting(work: () => Promise<void>): Promise<void> {
    const session = world.source.createQueryRunner();
    await session.connect();
    try {
      await session.query('SELECT pg_advisory_lock(hashtext($1))', ['project config']);
      await work();
    } finally {
      await session.query('SELECT pg_advisory_unlock(hashtext($1))', ['project config']);
      await session.release();
    }
  }
  const somebodyWaits = () => eventually(async () => {
    const waiting: unknown[] = await world.source.query('SELECT FROM pg_locks WHERE locktype = \'advisory\' AND NOT granted');
    expect(waiting.length).toBeGreaterThan(0);
  });

  it('switches nothing off: while it lags behind, and while it is made anew', async () => {
    await start(startReady({ ...world.env, AUTO_DISABLE_CHECK_MS: '86400000' }));
    const id = await created();
    for (let n = 0; n < 3; n += 1) await gone(id);
    await eventually(async () => expect(await goneInView(id)).toBe(3));
    const [{ gone: row }] = await world.source.query('SELECT gone FROM config.endpoint_health WHERE endpoint_id = $1', [id]);
    await stopServices();

    await withoutProjecting(async () => {
      await record(id, { outcome: 'Success' });
      await start(launch({ ...world.env, ...fast }));
      await somebodyWaits();
      // It would have looked ten times by now.
      await sleep(1_000);
      expect(await changesOf(id)).toBe(1);
    });
    await services[0]!.ready();
    await looked();
    expect(await read(id)).toMatchObject({ active: true, health: { state: 'healthy' } });

    // As a rebuild leaves it halfway: the rows show how things were, and the position says so.
    await withoutProjecting(async () => {
      await world.source.transaction(async (manager) => {
        await manager.query('UPDATE config.projections SET position = 0 WHERE name = \'endpoint-health\'');
        await manager.query('UPDATE config.endpoint_health SET gone = $2, failing_since = now() WHERE endpoint_id = $1', [id, JSON.stringify(row)]);
      });
      await sleep(1_000);
      expect(await changesOf(id)).toBe(1);
    });
    await looked();
    expect(await read(id)).toMatchObject({ active: true, health: { state: 'healthy' } });
  });
});
