import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSubject, decodeEndpointEvents, endpointDeliverySubjects, endpointRetrySubjects, retriesBucket, streams } from '@cepro/contracts';
import { verifyCePro } from '@cepro/signing';
import { eventually, startProxy, type FaultProxy } from '@cepro/testkit';
import { Books, cleanAudit, shortRetries, System, type EndpointResource } from '../src/index.ts';

let system: System;
let natsProxy: FaultProxy;
let databaseProxy: FaultProxy;

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': shortRetries },
    provision: { DELIVERY_SHARDS: '4' },
    through: async ({ natsUrl, databaseUrl }) => {
      [natsProxy, databaseProxy] = [await startProxy({ target: natsUrl }), await startProxy({ target: databaseUrl })];
      return { 'config-api': { natsUrl: natsProxy.url, databaseUrl: databaseProxy.url } };
    },
  });
});

afterAll(async () => {
  await system?.stop();
  await natsProxy?.stop();
  await databaseProxy?.stop();
});

/** Before it says that to NATS: the append itself has not been made. */
const beforeAppend = { name: 'before the append', proxy: () => natsProxy, pattern: 'PUB webhooks.config.', appended: false };
/** The append has been made, its view is not stored, and so nothing has been answered. */
const beforeAnswer = { name: 'between the append and the answer', proxy: () => databaseProxy, pattern: 'INSERT INTO config.endpoints ', appended: true };

/** Calls the API, which dies of the call, and starts it again. */
async function killDuring({ proxy, pattern }: { proxy: () => FaultProxy; pattern: string }, call: () => Promise<unknown>): Promise<void> {
  const api = system.service('config-api');
  const reached = proxy().killOn({ pattern, kill: () => api.kill() });
  // Whoever calls sees the connection break.
  const answer = call().then(() => 'answered', () => 'broke off');
  await reached;
  expect(await answer).toBe('broke off');
  await system.startService('config-api');
}

/** What the configuration stream holds of an endpoint: the types of its events. */
async function historyOf(accountId: string, endpointId: string): Promise<string[]> {
  const consumer = await system.js.consumers.get(streams.config, { filter_subjects: [configSubject(accountId, endpointId)] });
  const { num_pending: count } = await consumer.info();
  const types: string[] = [];
  let left = count;
  while (left > 0) {
    for await (const { data } of await consumer.fetch({ max_messages: left, expires: 2_000 })) {
      const events = decodeEndpointEvents(data);
      types.push(...(events.ok ? events.value.map(({ type }) => type) : ['unreadable']));
      left -= 1;
    }
  }
  return types;
}

async function held(stream: string, filter: string): Promise<number> {
  const { state } = await (await system.jsm).streams.info(stream, { subjects_filter: filter });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

describe('kill -9 of config-api', () => {
  it.each([beforeAppend, beforeAnswer])('$name of a change: made again, it is made once', async ({ appended, ...point }) => {
    const books = await Books.open(system, `acct_change_${appended}`, [0]);
    const [endpoint] = books.endpoints;
    const moved = system.receiver.at(`${endpoint!.path}/moved`);
    const change = () => books.account.call<EndpointResource>('PATCH', `/v1/webhooks/${endpoint!.id}`, { url: moved.url });
    await killDuring(point, change);
    const before = await books.account.call<EndpointResource>('GET', `/v1/webhooks/${endpoint!.id}`);
    expect(before.body.url).toBe(appended ? moved.url : endpoint!.url);

    const again = await change();
    expect([again.status, again.body.url]).toEqual([200, moved.url]);
    expect(await historyOf(books.account.accountId, endpoint!.id)).toEqual(['created', 'changed']);
    await books.publish(1);
    await moved.waitFor(1);
    expect(system.receiver.at(endpoint!.path).requests).toHaveLength(0);
  });

  it.each([beforeAppend, beforeAnswer])('$name of a new endpoint: whoever creates it again sees in the list what there is', async ({ appended, ...point }) => {
    const books = await Books.open(system, `acct_create_${appended}`, [0]);
    const { accountId } = books.account;
    const receiver = system.receiver.at(`/${accountId}/new`);
    const create = () => books.account.anEndpoint({ url: receiver.url });
    await killDuring(point, create);
    const created = await create();

    const list = await books.account.call<{ data: EndpointResource[] }>('GET', '/v1/webhooks');
    const orphans = list.body.data.filter(({ id }) => id !== created.id && id !== books.endpoints[0]!.id);
    // Nobody was told the secret of the one that was made before the answer, so it is of no use but to be deleted.
    expect(orphans.map(({ url }) => url)).toEqual(appended ? [receiver.url] : []);
    for (const { id } of orphans) expect((await books.account.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);

    await books.publish(3);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    const requests = await receiver.waitFor(3);
    expect(requests).toHaveLength(3);
    for (const { rawBody, headers } of requests) expect(verifyCePro(created.secret, rawBody, String(headers['x-webhook-signature']))).toBe(true);
  });

  it.each([
    { ...beforeAppend, erased: false },
    { ...beforeAnswer, erased: true, name: 'between the tombstone and its view' },
    { name: 'before the purge', proxy: () => natsProxy, pattern: `STREAM.PURGE.${streams.config}`, erased: true },
  ])('$name of a delete: deleted again, nothing is left in any store', async ({ erased, ...point }) => {
    const books = await Books.open(system, `acct_delete_${point.name.split(' ').at(-1)}`, [1]);
    const [endpoint] = books.endpoints;
    const { accountId } = books.account;
    const secretive = system.receiver.at(`${endpoint!.path}/only-in-its-history`);
    expect((await books.account.call('PATCH', `/v1/webhooks/${endpoint!.id}`, { url: secretive.url })).status).toBe(200);
    await books.publish(3);
    await books.settled();

    const remove = () => books.account.call<{ code?: string }>('DELETE', `/v1/webhooks/${endpoint!.id}`);
    await killDuring(point, remove);
    const again = await remove();
    expect(again.status).toBe(erased ? 404 : 204);

    expect((await books.account.call('GET', `/v1/webhooks/${endpoint!.id}`)).status).toBe(404);
    await eventually(async () => {
      expect(await held(streams.deliveries, endpointDeliverySubjects(endpoint!.id))).toBe(0);
      expect(await held(`KV_${retriesBucket}`, endpointRetrySubjects(endpoint!.id))).toBe(0);
      expect(await historyOf(accountId, endpoint!.id)).toEqual(['deleted']);
      expect((await books.account.call('GET', `/v1/webhooks/${endpoint!.id}/attempts`)).status).toBe(404);
    });
    const seen = system.receiver.requests.length;
    await books.publish(2);
    const { num_pending: unrouted } = await (await system.jsm).consumers.info(streams.events, 'event-router');
    expect(unrouted).toBe(0);
    expect(await held(streams.deliveries, endpointDeliverySubjects(endpoint!.id))).toBe(0);
    expect(system.receiver.requests).toHaveLength(seen);
  });
});
