import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { configSubject, endpointDeliverySubjects, endpointRetrySubjects, streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import {
  anEndpointOf, findTraces, heldByStores, heldByStreams, heldByTables, publishEvent, routed, scheduledTo, System, toldOf, type OwnEndpoint,
} from '../src/index.ts';

let system: System;

// The third attempt is due in an hour: that is a retry which waits. An erasure passes twice, half a second apart.
beforeAll(async () => {
  system = await System.start({ env: { 'config-api': { AUTO_DISABLE_CHECK_MS: '200' }, 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '200,3600000' } } });
});
afterAll(() => system?.stop());

/** An endpoint with a full history, every part of which has a mark of its own that no store has anywhere else. */
interface Marked extends OwnEndpoint {
  /** What must be found before the deletion, so that the search is known to find it, and not after it. */
  readonly marks: Readonly<Record<string, string>>;
}

async function aMarkedEndpoint(accountId: string): Promise<Marked> {
  const account = await system.account(accountId);
  const marks = {
    url: `url-${randomUUID()}`, earlierUrl: `earlier-${randomUUID()}`, description: `description-${randomUUID()}`,
    payload: `payload-${randomUUID()}`, response: `response-${randomUUID()}`,
  };
  const path = system.receiver.at(`/${marks.url}`);
  const endpoint = await account.anEndpoint({ url: system.receiver.at(`/${marks.earlierUrl}`).url, description: marks.description });
  await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { url: path.url });
  // Two that wait for a retry, one that has succeeded, one that was cancelled and sent again by hand, and a Send Test.
  path.answer({ status: 500, body: marks.response });
  await publishEvent(system, { accountId, data: { mark: marks.payload, n: 1 } });
  await account.logged(endpoint.id, 2);
  await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { active: false });
  await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { active: true });
  for (const n of [2, 3]) await publishEvent(system, { accountId, data: { mark: marks.payload, n } });
  await account.logged(endpoint.id, 6);
  path.answer({ status: 200, body: marks.response });
  await publishEvent(system, { accountId, data: { mark: marks.payload, n: 4 } });
  await account.logged(endpoint.id, 7);
  await account.call('POST', `/v1/webhooks/${endpoint.id}/test`);
  const entries = await account.logged(endpoint.id, 8);
  const deliveries = Object.fromEntries([...new Set(entries.map(({ deliveryId }) => deliveryId))].map((id, index) => [`delivery ${index + 1}`, id]));
  return { account, endpoint, path, marks: { ...marks, ...deliveries } };
}

/** How many messages the streams have on subjects of an endpoint. */
async function messagesOf({ account, endpoint }: Marked): Promise<Record<'deliveries' | 'retries' | 'configuration', number>> {
  const jsm = await system.jsm;
  const count = async (stream: string, filter: string) => {
    const { state } = await jsm.streams.info(stream, { subjects_filter: filter });
    return Object.values(state.subjects ?? {}).reduce((sum, messages) => sum + messages, 0);
  };
  return {
    deliveries: await count(streams.deliveries, endpointDeliverySubjects(endpoint.id)),
    retries: await count('KV_webhook_retries', endpointRetrySubjects(endpoint.id)),
    configuration: await count(streams.config, configSubject(account.accountId, endpoint.id)),
  };
}

async function expectErased(marked: Marked): Promise<void> {
  const { account, endpoint, marks } = marked;
  await eventually(async () => {
    expect(await messagesOf(marked)).toEqual({ deliveries: 0, retries: 0, configuration: 1 });
    expect(findTraces(await heldByStores(system), marks)).toEqual([]);
  }, { intervalMs: 250 });
  const tombstone = await (await system.jsm).streams.getMessage(streams.config, { last_by_subj: configSubject(account.accountId, endpoint.id) });
  expect(tombstone?.json()).toEqual([{ type: 'deleted', at: expect.any(String) }]);
}

async function expectAnswers404({ account, endpoint, marks }: Marked): Promise<void> {
  const deliveries = Object.entries(marks).flatMap(([what, id]) => (what.startsWith('delivery') ? [`/v1/deliveries/${id}`] : []));
  expect(deliveries.length).toBeGreaterThan(0);
  for (const path of [`/v1/webhooks/${endpoint.id}`, `/v1/webhooks/${endpoint.id}/attempts`, ...deliveries]) {
    expect([path, (await account.call('GET', path)).status]).toEqual([path, 404]);
  }
  expect((await account.call<{ data: { id: string }[] }>('GET', '/v1/webhooks')).body.data.map(({ id }) => id)).not.toContain(endpoint.id);
}

it('delete leaves nothing behind (streams, KV and tables searched)', async () => {
  const [marked, neighbour] = await Promise.all([aMarkedEndpoint('acct_erased'), aMarkedEndpoint('acct_neighbour')]);
  const before = await heldByStores(system);
  for (const [what, mark] of Object.entries(marked.marks)) expect([what, findTraces(before, { [what]: mark }).length > 0]).toEqual([what, true]);
  expect(await messagesOf(marked)).toMatchObject({ retries: expect.any(Number), configuration: 4 });
  expect((await messagesOf(marked)).retries).toBeGreaterThanOrEqual(2);
  const ofNeighbour = findTraces(before, neighbour.marks);

  expect((await marked.account.call('DELETE', `/v1/webhooks/${marked.endpoint.id}`)).status).toBe(204);
  await expectErased(marked);
  await expectAnswers404(marked);

  // The events stay, as they are not the endpoint's; of it they say that it is gone, and nothing else.
  const { body: events } = await marked.account.call<{ data: { id: string }[] }>('GET', '/v1/events');
  expect(events.data).toHaveLength(4);
  for (const { id } of events.data) {
    const { body } = await marked.account.call('GET', `/v1/events/${id}`);
    expect(body['endpoints']).toEqual([{
      endpointId: marked.endpoint.id, url: null, verdict: 'deleted', since: expect.any(String), disabledReason: null, deliveryId: null, deliveryStatus: null,
    }]);
  }
  const rows = (await heldByTables(system)).filter(({ where }) => where.startsWith('log.events'));
  expect([rows.length >= 8, findTraces(rows, { id: marked.endpoint.id })]).toEqual([true, []]);

  // Nothing of it is sent any more, and nobody else has lost anything.
  const sent = marked.path.requests.length;
  await publishEvent(system, { accountId: 'acct_erased' });
  await routed(system);
  expect([await scheduledTo(system, marked.endpoint.id), marked.path.requests.length]).toEqual([0, sent]);
  expect(findTraces(await heldByStores(system), neighbour.marks)).toEqual(ofNeighbour);
});

it('delete leaves nothing behind of an attempt that was under way either', async () => {
  const marked = await aMarkedEndpoint('acct_under_way');
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  marked.path.answer(async () => {
    await held;
    return { status: 500, body: marked.marks['response']! };
  });
  const before = marked.path.requests.length;
  await publishEvent(system, { accountId: 'acct_under_way', data: { mark: marked.marks['payload'] } });
  const requests = await marked.path.waitFor(before + 1, 30_000);
  await marked.account.call('DELETE', `/v1/webhooks/${marked.endpoint.id}`);
  const late = { ...marked, marks: { ...marked.marks, 'delivery under way': String(requests.at(-1)!.headers['x-webhook-id']) } };
  await expectErased(late);
  // Both passes are over: nobody looks for anything of this endpoint any more.
  const { id: endpointId } = marked.endpoint;
  await eventually(() => system.service('log-query').logs().some((line) => line['endpointId'] === endpointId && line['msg'] === 'an endpoint and its history were erased'));
  // The worker now records what came of it, and when it is to be tried again, on top of a history that was erased already.
  const ends = async () => Promise.all([streams.deliveries, 'KV_webhook_retries'].map(async (name) => (await (await system.jsm).streams.info(name)).state.last_seq));
  const [recorded, saved] = await ends();
  release();
  await eventually(async () => {
    const [attempts, retries] = await ends();
    return attempts! > recorded! && retries! > saved!;
  });
  await expectErased(late);
  await expectAnswers404(late);
});

it('delete leaves nothing behind even if the log service was away at the time', async () => {
  const marked = await aMarkedEndpoint('acct_away');
  await system.service('log-query').kill();
  expect((await marked.account.call('DELETE', `/v1/webhooks/${marked.endpoint.id}`)).status).toBe(204);
  expect(findTraces(await heldByStreams(system, { without: [streams.events] }), marked.marks)).not.toEqual([]);
  await system.startService('log-query');
  await expectErased(marked);
  await expectAnswers404(marked);
});

it('delete leaves nothing behind of what CE Pro was told, and what it was told of others stays', async () => {
  const [gone, stays] = [await anEndpointOf(system, 'acct_told'), await anEndpointOf(system, 'acct_told')];
  gone.path.answer({ status: 410 });
  for (let n = 1; n <= 3; n += 1) await publishEvent(system, { accountId: 'acct_told' });
  const told = async () => (await toldOf(system, 'acct_told')).map(({ endpointId }) => endpointId).sort();
  await eventually(async () => expect(await told()).toEqual([gone.endpoint.id, stays.endpoint.id].sort()));

  expect((await gone.account.call('DELETE', `/v1/webhooks/${gone.endpoint.id}`)).status).toBe(204);
  await eventually(async () => expect(await told()).toEqual([stays.endpoint.id]));
  // All that is left is its tombstone: where it was, and the two tables.
  await eventually(async () => {
    const traces = findTraces(await heldByStores(system), { id: gone.endpoint.id }).map((trace) => trace.replace(/ \d+ /, ' '));
    expect(traces.sort()).toEqual([
      `id in WEBHOOK_CONFIG webhooks.config.acct_told.${gone.endpoint.id}`, 'id in config.endpoints', 'id in log.endpoints',
    ].sort());
  });
});
