import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type ReceiverPath } from '@cepro/testkit';
import { anEndpointOf, publishEvent, routed, scheduledTo, shortRetries, System, type ApiClient, type EndpointResource, type LogEntry } from '../src/index.ts';

let system: System;
beforeAll(async () => { system = await System.start({ env: { 'delivery-worker': shortRetries } }); });
afterAll(() => system?.stop());

/**
 * From now on the first request fails and the second one is answered, with a failure, when the test says so: however slow
 * the machine is, the delivery is between its attempts then.
 */
function failsAndThenHolds(path: ReceiverPath): () => void {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  path.answer(async (_request, nth) => {
    if (nth > 1) await held;
    return { status: 500 };
  });
  return release;
}

const change = (account: ApiClient, id: string, fields: object) => account.call<EndpointResource>('PATCH', `/v1/webhooks/${id}`, fields);

describe('the log', () => {
  it('has one entry for each attempt: event type, timestamp, status code, response time, outcome and attempt', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_fields', { events: ['estimate.accepted'] });
    path.answer([{ status: 503, delayMs: 150 }, { status: 200 }]);
    await publishEvent(system, { accountId: 'acct_fields', type: 'estimate.accepted' });
    const [first, second] = await account.logged(endpoint.id, 2);
    const requests = path.requests.map(({ headers }) => headers);
    expect(first).toEqual({
      deliveryId: requests[0]!['x-webhook-id'], eventId: expect.stringMatching(/^evt_/), event: 'estimate.accepted', test: false, attempt: 1,
      timestamp: requests[0]!['x-webhook-timestamp'], statusCode: 503, responseTimeMs: expect.any(Number), outcome: 'Retrying', error: null,
      nextAttemptAt: expect.any(String),
    });
    expect(first!.responseTimeMs).toBeGreaterThanOrEqual(150 - 1);
    expect(second).toEqual({
      ...first, attempt: 2, timestamp: requests[1]!['x-webhook-timestamp'], statusCode: 200, responseTimeMs: expect.any(Number), outcome: 'Success', nextAttemptAt: null,
    });
    expect(Number.isInteger(second!.responseTimeMs)).toBe(true);
  });

  it('opens to the full request, headers and payload, and the response body', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_detail');
    path.answer([{ status: 500, body: 'no room' }, { status: 200, body: '{"received":true}' }]);
    await publishEvent(system, { accountId: 'acct_detail', timestamp: '2026-03-08T14:30:00Z', data: '{"id":12345678901234567890,"total":0.10}' });
    const [entry] = await account.logged(endpoint.id, 2);
    const delivery = await account.deliveryOnce(entry!.deliveryId, 'succeeded');
    expect(delivery).toMatchObject({
      id: entry!.deliveryId, endpointId: endpoint.id, event: 'invoice.paid', test: false, cancelReason: null, nextAttemptAt: null,
      request: { body: '{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"id":12345678901234567890,"total":0.10}}' },
    });
    expect(delivery.attempts.map(({ responseBody }) => responseBody)).toEqual(['no room', '{"received":true}']);
    delivery.attempts.forEach(({ requestHeaders, url }, index) => {
      const sent = path.requests[index]!;
      const raw = Object.fromEntries(Array.from({ length: sent.rawHeaders.length / 2 }, (_, n) => [sent.rawHeaders[2 * n]!, sent.rawHeaders[2 * n + 1]!]));
      // What HTTP itself adds is no part of what is promised.
      const { host: _host, connection: _connection, 'content-length': _length, ...promised } = raw;
      expect(requestHeaders).toEqual(promised);
      expect(url).toBe(endpoint.url);
    });
    expect(Buffer.from(delivery.request.body).equals(path.requests[0]!.rawBody)).toBe(true);
  });

  it('is newest first, goes on page by page, and is narrowed by outcome, event and time', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_pages', { events: ['invoice.paid', 'lead.created'] });
    path.answer((request) => ({ status: request.headers['x-webhook-event'] === 'lead.created' ? 400 : 200 }));
    for (let n = 0; n < 3; n++) await publishEvent(system, { accountId: 'acct_pages', data: { n } });
    await publishEvent(system, { accountId: 'acct_pages', type: 'lead.created' });
    const all = await account.logged(endpoint.id, 7);
    const ask = async (query: string) => {
      const { status, body } = await account.call<{ data: LogEntry[]; nextCursor: string | null }>('GET', `/v1/webhooks/${endpoint.id}/attempts?${query}`);
      expect(status).toBe(200);
      return body;
    };
    const places = (entries: readonly LogEntry[]) => entries.map(({ deliveryId, attempt }) => `${deliveryId}:${attempt}`);
    const pages: LogEntry[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { data: LogEntry[]; nextCursor: string | null } = await ask(`limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.data.length).toBeLessThanOrEqual(2);
      pages.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(places(pages)).toEqual(places([...all].reverse()));
    expect(pages.map(({ timestamp }) => timestamp)).toEqual(pages.map(({ timestamp }) => timestamp).sort().reverse());
    expect((await ask('outcome=Success')).data.map(({ event }) => event)).toEqual(Array(3).fill('invoice.paid'));
    expect((await ask('outcome=Retrying')).data).toHaveLength(3);
    expect((await ask('outcome=Failed')).data.map(({ attempt }) => attempt)).toEqual([4]);
    expect((await ask('event=lead.created')).data).toHaveLength(4);
    const middle = all[3]!.timestamp;
    expect(places((await ask(`from=${middle}`)).data)).toEqual(places(all.filter(({ timestamp }) => timestamp >= middle).reverse()));
    expect(places((await ask(`to=${middle}`)).data)).toEqual(places(all.filter(({ timestamp }) => timestamp < middle).reverse()));
  });

  it('tells in an endpoint\'s health when it last succeeded and failed', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_health');
    const health = async () => (await account.call<{ health: object }>('GET', `/v1/webhooks/${endpoint.id}`)).body.health;
    expect(await health()).toMatchObject({ state: 'unused', lastSuccessAt: null, lastFailureAt: null });
    path.answer([{ status: 500 }, { status: 200 }]);
    await publishEvent(system, { accountId: 'acct_health' });
    const [failed, succeeded] = await account.logged(endpoint.id, 2);
    await eventually(async () => expect(await health()).toMatchObject({ state: 'healthy', lastSuccessAt: succeeded!.timestamp, lastFailureAt: failed!.timestamp }));
  });
});

describe('switching off', () => {
  it('stops new deliveries and retries under way, and keeps the configuration and the history', async () => {
    const accountId = 'acct_off';
    const { account, endpoint, path } = await anEndpointOf(system, accountId);
    const release = failsAndThenHolds(path);
    await publishEvent(system, { accountId });
    await path.waitFor(2, 30_000);
    expect(await change(account, endpoint.id, { active: false })).toMatchObject({ status: 200, body: { active: false, disabledReason: 'user' } });
    release();
    const [first] = await account.logged(endpoint.id, 1);
    const delivery = await account.deliveryOnce(first!.deliveryId, 'cancelled');
    expect(delivery).toMatchObject({ cancelReason: 'endpoint-disabled', nextAttemptAt: null });
    expect(delivery.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await publishEvent(system, { accountId });
    await routed(system);
    expect(await scheduledTo(system, endpoint.id)).toBe(1);
    expect(path.requests).toHaveLength(2);
    const { id, url, events } = endpoint;
    expect((await account.call('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ id, url, events, active: false });
    expect(await account.log(id)).toHaveLength(2);
    expect((await account.delivery(first!.deliveryId)).request.body).toBe(path.requests[0]!.rawBody.toString());
  });

  it('and on again delivers what comes from then on, not what came meanwhile, and wakes no old retry', async () => {
    const accountId = 'acct_on_again';
    const { account, endpoint, path } = await anEndpointOf(system, accountId);
    const release = failsAndThenHolds(path);
    await publishEvent(system, { accountId, data: { n: 'before' } });
    await path.waitFor(2, 30_000);
    await change(account, endpoint.id, { active: false });
    await publishEvent(system, { accountId, data: { n: 'meanwhile' } });
    await routed(system);
    path.answer({ status: 200 });
    expect(await change(account, endpoint.id, { active: true })).toMatchObject({ status: 200, body: { active: true, disabledReason: null, disabledAt: null } });
    release();
    await publishEvent(system, { accountId, data: { n: 'after' } });
    await account.deliveryOnce(String(path.requests[0]!.headers['x-webhook-id']), 'cancelled');
    const requests = await path.waitFor(3, 30_000);
    expect(requests.map(({ rawBody }) => (JSON.parse(rawBody.toString()) as { data: { n: string } }).data.n)).toEqual(['before', 'before', 'after']);
    expect(await scheduledTo(system, endpoint.id)).toBe(2);
    // The secret outlives it.
    expect(requests[2]!.headers['x-webhook-signature']).toBe(createHmac('sha256', endpoint.secret).update(requests[2]!.rawBody).digest('hex'));
  });

  it('lets a cancelled delivery be sent again by hand once the endpoint is on, and not before', async () => {
    const accountId = 'acct_off_retry';
    const { account, endpoint, path } = await anEndpointOf(system, accountId);
    const release = failsAndThenHolds(path);
    await publishEvent(system, { accountId });
    await path.waitFor(2, 30_000);
    await change(account, endpoint.id, { active: false });
    release();
    const [first] = await account.logged(endpoint.id, 1);
    const { attempts } = await account.deliveryOnce(first!.deliveryId, 'cancelled');
    const retry = () => account.call<{ code?: string; attempt?: number }>('POST', `/v1/deliveries/${first!.deliveryId}/retry`);
    const refused = await retry();
    expect([refused.status, refused.body.code]).toEqual([409, 'endpoint-disabled']);
    path.answer({ status: 200 });
    await change(account, endpoint.id, { active: true });
    expect(await retry()).toMatchObject({ status: 202, body: { attempt: attempts.length + 1 } });
    await account.deliveryOnce(first!.deliveryId, 'succeeded');
    expect(path.requests.at(-1)!.headers).toMatchObject({ 'x-webhook-id': first!.deliveryId, 'x-webhook-attempt': String(attempts.length + 1) });
  });
});

it('a changed endpoint gets what comes next at its new URL, signed with the same secret, retries too', async () => {
  const accountId = 'acct_moved';
  const { account, endpoint, path } = await anEndpointOf(system, accountId);
  const moved = system.receiver.at('/acct_moved/new');
  const release = failsAndThenHolds(path);
  await publishEvent(system, { accountId });
  await path.waitFor(2, 30_000);
  await change(account, endpoint.id, { url: moved.url });
  release();
  const [arrived] = await moved.waitFor(1, 30_000);
  expect(arrived!.headers['x-webhook-id']).toBe(path.requests[0]!.headers['x-webhook-id']);
  expect(arrived!.headers['x-webhook-signature']).toBe(path.requests[0]!.headers['x-webhook-signature']);
  expect(arrived!.headers['x-webhook-attempt']).toBe('3');
  expect(path.requests).toHaveLength(2);
});

it('a deleted endpoint gets nothing more and is found nowhere, its history neither', async () => {
  const accountId = 'acct_deleted';
  const { account, endpoint, path } = await anEndpointOf(system, accountId);
  path.answer({ status: 500 });
  await publishEvent(system, { accountId });
  const [first] = await account.logged(endpoint.id, 1);
  expect((await account.call('DELETE', `/v1/webhooks/${endpoint.id}`)).status).toBe(204);
  for (const [method, gone, code, body] of [
    ['GET', `/v1/webhooks/${endpoint.id}`, 'endpoint-not-found'],
    ['PATCH', `/v1/webhooks/${endpoint.id}`, 'endpoint-not-found', { active: true }],
    ['DELETE', `/v1/webhooks/${endpoint.id}`, 'endpoint-not-found'],
    ['POST', `/v1/webhooks/${endpoint.id}/test`, 'endpoint-not-found'],
    ['GET', `/v1/webhooks/${endpoint.id}/attempts`, 'endpoint-not-found'],
    ['GET', `/v1/deliveries/${first!.deliveryId}`, 'delivery-not-found'],
    ['POST', `/v1/deliveries/${first!.deliveryId}/retry`, 'delivery-not-found'],
  ] as const) {
    await eventually(async () => {
      const answer = await account.call<{ code: string }>(method, gone, body);
      expect([method, gone, answer.status, answer.body.code]).toEqual([method, gone, 404, code]);
    });
  }
  expect((await account.call<{ data: unknown[] }>('GET', '/v1/webhooks')).body.data).toEqual([]);
  await publishEvent(system, { accountId });
  await routed(system);
  expect(await scheduledTo(system, endpoint.id)).toBe(0);
  expect(path.requests.filter(({ headers }) => headers['x-webhook-id'] !== first!.deliveryId)).toEqual([]);
});
