import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startDns, startReceiver, type DnsAnswer, type DnsServer, type Receiver } from '@cepro/testkit';
import { Webhook } from 'standardwebhooks';
import { anEndpointOf, publishEvent, routed, scheduledTo, System, type ApiClient, type OwnEndpoint } from '../src/index.ts';

interface TestResult {
  readonly success: boolean;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  readonly responseTimeMs: number;
  readonly error: string | null;
}

const messages = {
  notFound: 'Webhook config not found',
  notExternal: 'Webhook URL must be an external HTTPS endpoint',
  failed: 'Webhook test failed',
} as const;

/** What the names lead to, changed as a test goes on; a name that is not here does not exist. */
const addresses = new Map<string, DnsAnswer>();
const outside = 'hooks.example.com';

let system: System;
let dns: DnsServer;
let receiver: Receiver;
/** On another loopback address, at the receiver's port: whoever dials there is seen. */
let trap: Server;
let trapped = 0;

// One loopback address stands for the outside; every other one is as internal as in production.
beforeAll(async () => {
  dns = await startDns({ answer: (name, type) => (type === 'A' || !addresses.has(name) ? (addresses.get(name) ?? 'NXDOMAIN') : []) });
  const egress = { EGRESS_ALLOWED_CIDRS: '127.0.0.1/32', EGRESS_DNS_SERVERS: dns.address };
  system = await System.start({ env: { 'config-api': egress, 'delivery-worker': { ...egress, DELIVERY_RETRY_DELAYS_MS: '3600000' } } });
  // Each request on a connection of its own, so that the name is resolved for each.
  receiver = await startReceiver({ authority: await system.authority.issue({ names: [outside, 'other.example.com'] }), behaviour: { headers: { connection: 'close' } } });
  trap = createServer((socket) => { trapped++; socket.destroy(); });
  // Other systems than Linux have no loopback address but the first; there a dialled one would fail in its own way.
  if (process.platform === 'linux') await once(trap.listen({ host: '127.0.0.2', port: receiver.port }), 'listening');
});
afterAll(async () => {
  trap?.close();
  await receiver?.stop();
  await system?.stop();
  await dns?.stop();
});

const at = (path: string, host = outside) => `https://${host}:${receiver.port}${path}`;
const sendTest = (account: ApiClient, id: string) => account.call<TestResult & { title?: string; code?: string }>('POST', `/v1/webhooks/${id}/test`);

describe('Send Test', () => {
  it('sends the payload of the article, signed like every request, and shows the outcome', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_test');
    path.answer({ status: 202, body: '{"queued":true}' });
    const before = Date.now();
    const { status, body } = await sendTest(account, endpoint.id);
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, statusCode: 202, responseBody: '{"queued":true}', responseTimeMs: expect.any(Number), error: null });
    expect(path.requests).toHaveLength(1);
    const [request] = path.requests;
    const payload = JSON.parse(request!.rawBody.toString()) as { timestamp: string };
    expect(payload).toEqual({
      event: 'estimate.created',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      data: {
        test: true,
        message: 'This is a test webhook from CleanEstimate Pro',
        estimate_id: '00000000-0000-0000-0000-000000000000',
        estimate_number: 'TEST-001',
        customer_name: 'Test Customer',
        total: 250.0,
      },
    });
    expect(Object.keys(payload)).toEqual(['event', 'timestamp', 'data']);
    expect(Date.parse(payload.timestamp)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(payload.timestamp)).toBeLessThanOrEqual(request!.receivedAt.getTime());
    expect(request!.headers).toMatchObject({
      'content-type': 'application/json', 'x-webhook-event': 'estimate.created', 'x-webhook-attempt': '1',
      'x-webhook-id': expect.stringMatching(/^dlv_/),
      'x-webhook-signature': createHmac('sha256', endpoint.secret).update(request!.rawBody).digest('hex'),
    });
    expect(() => new Webhook(endpoint.secret).verify(request!.rawBody, request!.headers as Record<string, string>)).not.toThrow();
  });

  it('sends the example of another event type when that is asked for, signed just so', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_test_type');
    const { status, body } = await account.call<TestResult>('POST', `/v1/webhooks/${endpoint.id}/test`, { eventType: 'proposal_accepted' });
    expect([status, body.success]).toEqual([200, true]);
    const [request] = path.requests;
    expect(JSON.parse(request!.rawBody.toString())).toMatchObject({ event: 'proposal_accepted', data: { test: true, status: 'accepted' } });
    expect(request!.headers).toMatchObject({
      'x-webhook-event': 'proposal_accepted', 'x-webhook-signature': createHmac('sha256', endpoint.secret).update(request!.rawBody).digest('hex'),
    });
    expect((await account.logged(endpoint.id, 1))[0]).toMatchObject({ event: 'proposal_accepted', test: true });
  });

  it('is in the log, as a test, with the request and the answer', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_test_log');
    path.answer({ status: 200, body: 'seen' });
    await sendTest(account, endpoint.id);
    const [entry] = await account.logged(endpoint.id, 1);
    const deliveryId = path.requests[0]!.headers['x-webhook-id'];
    expect(entry).toMatchObject({ deliveryId, event: 'estimate.created', test: true, attempt: 1, outcome: 'Success', statusCode: 200 });
    const delivery = await account.delivery(entry!.deliveryId);
    expect(delivery).toMatchObject({ test: true, status: 'succeeded', attempts: [{ responseBody: 'seen' }] });
    expect(delivery.request.body).toBe(path.requests[0]!.rawBody.toString());
  });

  it.each([[500, 'the database is down'], [404, ''], [302, 'moved']])('shows "Webhook test failed" with the HTTP status %d and the response body', async (statusCode, responseBody) => {
    const { account, endpoint, path } = await anEndpointOf(system, `acct_test_${statusCode}`);
    path.answer({ status: statusCode, body: responseBody });
    expect(await sendTest(account, endpoint.id)).toMatchObject({ status: 200, body: { success: false, statusCode, responseBody, error: messages.failed } });
    const [entry] = await account.logged(endpoint.id, 1);
    // A test is one attempt, whatever comes of it.
    expect(entry).toMatchObject({ test: true, outcome: 'Failed', statusCode, nextAttemptAt: null });
    expect(path.requests).toHaveLength(1);
  });

  it('shows "Webhook test failed" without a status when nobody answers', async () => {
    const { account, endpoint } = await anEndpointOf(system, 'acct_test_nobody', { url: `https://127.0.0.1:${await freePort()}/` });
    expect(await sendTest(account, endpoint.id)).toMatchObject({ status: 200, body: { success: false, statusCode: null, responseBody: null, error: messages.failed } });
  });

  it('shows "Webhook config not found" for what is not there, or is another account\'s', async () => {
    const { endpoint, path } = await anEndpointOf(system, 'acct_test_owner');
    const stranger = await system.account('acct_test_stranger');
    for (const id of [endpoint.id, 'wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071', 'nonsense']) {
      const { status, body, headers } = await sendTest(stranger, id);
      expect([id, status, body.title, body.code]).toEqual([id, 404, messages.notFound, 'endpoint-not-found']);
      expect(headers.get('content-type')).toContain('application/problem+json');
    }
    expect(path.requests).toEqual([]);
  });

  it('works while the endpoint is switched off: that is when one tests', async () => {
    const { account, endpoint, path } = await anEndpointOf(system, 'acct_test_off', { active: false });
    expect(await sendTest(account, endpoint.id)).toMatchObject({ status: 200, body: { success: true, statusCode: 200 } });
    expect(path.requests).toHaveLength(1);
    expect((await account.call('GET', `/v1/webhooks/${endpoint.id}`)).body['active']).toBe(false);
  });

  it('right after a change tests what was just saved', async () => {
    const { account, endpoint } = await anEndpointOf(system, 'acct_test_saved');
    for (let n = 1; n <= 5; n++) {
      const path = system.receiver.at(`/acct_test_saved/${n}`);
      await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { url: path.url });
      expect((await sendTest(account, endpoint.id)).body.success).toBe(true);
      expect(path.requests).toHaveLength(1);
    }
  });

  it.each([['a private address', ['10.0.0.1']], ['the address of a metadata service', ['169.254.169.254']], ['another loopback address', ['127.0.0.2']]])(
    'shows "Webhook URL must be an external HTTPS endpoint" when the name has turned to %s, and dials nothing', async (what, turned) => {
      const host = `${what.replaceAll(' ', '-')}.example.com`;
      // When it is saved the name leads nowhere, which is no reason to refuse it.
      const { account, endpoint } = await anEndpointOf(system, `acct_turned_${turned[0]!.replaceAll('.', '_')}`, { url: at('/turned', host) });
      addresses.set(host, turned);
      const { status, body } = await sendTest(account, endpoint.id);
      expect(status).toBe(200);
      expect(body).toEqual({ success: false, statusCode: null, responseBody: null, responseTimeMs: expect.any(Number), error: messages.notExternal });
      expect(trapped).toBe(0);
      expect(await account.logged(endpoint.id, 1)).toMatchObject([{ test: true, outcome: 'Failed', error: 'url-not-external', statusCode: null }]);
    },
  );

  it('shows "Webhook test failed" when the name leads nowhere', async () => {
    const { account, endpoint } = await anEndpointOf(system, 'acct_test_nowhere', { url: at('/nowhere', 'nowhere.example.com') });
    expect(await sendTest(account, endpoint.id)).toMatchObject({ status: 200, body: { success: false, statusCode: null, error: messages.failed } });
  });
});

describe('when a connection is made, the address is judged again', () => {
  /** Publishes an event and returns what the log says of the delivery's first attempt. */
  const delivered = async (accountId: string, { account, endpoint }: OwnEndpoint, entries: number) => {
    await publishEvent(system, { accountId });
    await routed(system);
    expect(await scheduledTo(system, endpoint.id)).toBe(entries);
    return (await account.logged(endpoint.id, entries))[entries - 1]!;
  };

  it.each([['10.0.0.1'], ['127.0.0.2'], ['169.254.169.254'], ['192.168.0.1']])('a name that led outside and then to %s gets its first delivery and not its second', async (inside) => {
    const accountId = `acct_rebind_${inside.replaceAll('.', '_')}`;
    const path = receiver.at(`/${accountId}`);
    addresses.set(outside, ['127.0.0.1']);
    const made = await anEndpointOf(system, accountId, { url: at(`/${accountId}`) });
    expect(await delivered(accountId, made, 1)).toMatchObject({ outcome: 'Success', statusCode: 200, error: null });
    addresses.set(outside, [inside]);
    expect(await delivered(accountId, made, 2)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'url-not-external' });
    expect([path.requests.length, trapped]).toEqual([1, 0]);
  });

  const withOneInside = [[['127.0.0.1', '10.0.0.1']], [['10.0.0.1', '127.0.0.1']], [['127.0.0.1', '127.0.0.1', '127.0.0.2']]];
  it.each(withOneInside)('a name with the addresses %j, of which one is internal, gets nothing', async (several) => {
    const accountId = `acct_several_${several.join('_').replaceAll('.', '-')}`.slice(0, 64);
    const host = 'other.example.com';
    addresses.delete(host);
    const connections = receiver.connections;
    const made = await anEndpointOf(system, accountId, { url: at(`/${accountId}`, host) });
    addresses.set(host, several);
    expect(await delivered(accountId, made, 1)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'url-not-external' });
    expect([receiver.connections, receiver.at(`/${accountId}`).requests.length, trapped]).toEqual([connections, 0, 0]);
  });

  it('a name that leads nowhere is a failure that is tried again', async () => {
    const accountId = 'acct_nowhere';
    const made = await anEndpointOf(system, accountId, { url: at('/', 'gone.example.com') });
    expect(await delivered(accountId, made, 1)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'dns-failed' });
  });

  it('an address that was allowed when the endpoint was saved, and is not any more, gets nothing', async () => {
    const accountId = 'acct_stricter';
    // Another instance, with a wider configuration, had saved it.
    await system.service('config-api').stop();
    await system.startService('config-api', { EGRESS_ALLOWED_CIDRS: '127.0.0.0/8' });
    const made = await anEndpointOf(system, accountId, { url: `https://127.0.0.2:${receiver.port}/` });
    expect(await delivered(accountId, made, 1)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'url-not-external' });
    expect((await sendTest(made.account, made.endpoint.id)).body).toMatchObject({ success: false, statusCode: null, error: messages.notExternal });
    expect(trapped).toBe(0);
  });
});
