import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { anEndpointOf, publishEvent, routed, scheduledTo, System, toldOf } from '../src/index.ts';

let system: System;

// However long it takes until the endpoint is switched off, a retry falls due afterwards.
const manyRetries = Array.from({ length: 60 }, () => '3000').join();

beforeAll(async () => {
  system = await System.start({
    env: { 'config-api': { AUTO_DISABLE_CHECK_MS: '200' }, 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: manyRetries, DELIVERY_JITTER_PERCENT: '0' } },
  });
});

afterAll(() => system?.stop());

it('an endpoint that answers 410 to three deliveries in a row is switched off as gone, what waits is cancelled, and CE Pro is told', async () => {
  const { endpoint, path, account } = await anEndpointOf(system, 'acct_gone');
  const read = async () => (await account.call('GET', `/v1/webhooks/${endpoint.id}`)).body;
  path.answer({ status: 410, body: 'no longer here' });
  for (let n = 1; n <= 2; n += 1) await publishEvent(system, { accountId: account.accountId });
  // The promise stands: it is retried like any failure, and two deliveries are not three, however often they were tried.
  await path.waitFor(4, 60_000);
  expect(await read()).toMatchObject({ active: true, health: { state: 'failing' } });

  await publishEvent(system, { accountId: account.accountId });
  await eventually(async () => expect(await read()).toMatchObject({ active: false, disabledReason: 'gone', health: { state: 'disabled' } }));
  const { disabledAt } = await read();
  const deliveries = new Set((await account.log(endpoint.id)).map(({ deliveryId }) => deliveryId));
  expect(deliveries.size).toBe(3);
  for (const id of deliveries) {
    const { attempts } = await account.deliveryOnce(id, 'cancelled');
    expect(attempts.map(({ statusCode, outcome }) => ({ statusCode, outcome }))).toEqual(attempts.map(() => ({ statusCode: 410, outcome: 'Retrying' })));
  }
  await eventually(async () => expect(await toldOf(system, account.accountId)).toEqual([
    expect.objectContaining({ type: 'webhook.disabled', reason: 'gone', endpointId: endpoint.id, at: disabledAt, failedDeliveries: 0 }),
  ]));
  const { state } = await (await system.jsm).streams.info(streams.config, { subjects_filter: `webhooks.config.*.${endpoint.id}` });
  expect(Object.values(state.subjects ?? {})).toEqual([2]);

  // Nothing more comes, until it is switched on.
  await publishEvent(system, { accountId: account.accountId });
  await routed(system);
  expect(await scheduledTo(system, endpoint.id)).toBe(3);
  const before = path.requests.length;
  path.answer({ status: 200 });
  await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { active: true });
  await publishEvent(system, { accountId: account.accountId });
  await path.waitFor(before + 1, 60_000);
  await eventually(async () => expect((await toldOf(system, account.accountId)).map(({ type }) => type)).toEqual(['webhook.disabled', 'webhook.recovered']));
  expect(await read()).toMatchObject({ active: true, disabledReason: null, health: { state: 'healthy' } });
});
