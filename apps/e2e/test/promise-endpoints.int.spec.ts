import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventTypes, streams } from '@cepro/contracts';
import { startDns, type DnsAnswer, type DnsServer } from '@cepro/testkit';
import { heldByStores, System, type ApiClient, type EndpointResource } from '../src/index.ts';

/** The text that CE Pro's page shows. */
const notExternal = 'Webhook URL must be an external HTTPS endpoint';

interface Problem {
  readonly code: string;
  readonly title: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

const names: Readonly<Record<string, DnsAnswer>> = {
  'hooks.example.com': ['93.184.216.34'],
  'private.example.com': ['10.0.0.5'],
  'metadata.example.com': ['169.254.169.254'],
  'loopback.example.com': ['127.0.0.1'],
  'mixed.example.com': ['93.184.216.34', '192.168.1.10'],
};

let system: System;
let dns: DnsServer;
let account: ApiClient;

// No address is opened here: saving is judged as in production.
beforeAll(async () => {
  dns = await startDns({ answer: (name, type) => (type === 'A' ? (names[name] ?? 'NXDOMAIN') : name in names ? [] : 'NXDOMAIN') });
  system = await System.start({
    env: { 'config-api': { EGRESS_ALLOWED_CIDRS: '', EGRESS_DNS_SERVERS: dns.address } },
    without: ['event-router', 'delivery-worker', 'log-query'],
  });
  account = await system.account('acct_rules');
});
afterAll(async () => {
  await system?.stop();
  await dns?.stop();
});

const lastChange = async () => (await (await system.jsm).streams.info(streams.config)).state.last_seq;

describe('the URL of an endpoint', () => {
  const refused = [
    ['plain HTTP', 'http://hooks.example.com/ce-pro'],
    ['HTTP on the HTTPS port', 'http://hooks.example.com:443/ce-pro'],
    ['another scheme', 'ftp://hooks.example.com/ce-pro'],
    ['no scheme', 'hooks.example.com/ce-pro'],
    ['localhost', 'https://localhost/hooks'],
    ['localhost with a full stop', 'https://localhost./hooks'],
    ['a name below localhost', 'https://hooks.localhost/'],
    ['a loopback address', 'https://127.0.0.1/hooks'],
    ['another loopback address', 'https://127.8.9.10/hooks'],
    ['a loopback address as one number', 'https://2130706433/hooks'],
    ['a loopback address in hexadecimal', 'https://0x7f.1/hooks'],
    ['a loopback address in octal', 'https://0177.0.0.1/hooks'],
    ['the IPv6 loopback address', 'https://[::1]/hooks'],
    ['IPv4 inside of IPv6', 'https://[::ffff:10.0.0.1]/hooks'],
    ['10/8', 'https://10.1.2.3/hooks'],
    ['172.16/12', 'https://172.16.0.1/hooks'],
    ['192.168/16', 'https://192.168.1.1/hooks'],
    ['100.64/10', 'https://100.64.0.1/hooks'],
    ['a link-local address, which is the cloud metadata service', 'https://169.254.169.254/latest/meta-data'],
    ['a unique local IPv6 address', 'https://[fd00::1]/hooks'],
    ['a link-local IPv6 address', 'https://[fe80::1]/hooks'],
    ['nothing at all', 'https://0.0.0.0/hooks'],
    ['a single label', 'https://intranet/hooks'],
    ['a name in .local', 'https://printer.local/hooks'],
    ['a name in .internal', 'https://metadata.google.internal/'],
    ['a service of the cluster', 'https://config-api.default.svc.cluster.local/'],
    ['a user name and password', 'https://user:password@hooks.example.com/'],
    ['a name with a private address', 'https://private.example.com/hooks'],
    ['a name with the address of a metadata service', 'https://metadata.example.com/hooks'],
    ['a name with a loopback address', 'https://loopback.example.com/hooks'],
    ['a name with a public and a private address', 'https://mixed.example.com/hooks'],
  ] as const;

  it.each(refused)('is refused when saving: %s', async (_what, url) => {
    const before = await lastChange();
    const { status, headers, body } = await account.call<Problem>('POST', '/v1/webhooks', { url, events: ['invoice.paid'] });
    expect({ status, code: body.code, faults: body.errors?.map(({ field, message }) => ({ field, message })) })
      .toEqual({ status: 422, code: 'validation-failed', faults: [{ field: 'url', message: notExternal }] });
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(await lastChange()).toBe(before);
  });

  it('is checked in the same way when it is changed, and stays what it was', async () => {
    const { id, url } = await account.anEndpoint({ url: 'https://hooks.example.com/changing' });
    const before = await lastChange();
    for (const other of ['http://hooks.example.com/', 'https://localhost/', 'https://10.0.0.1/', 'https://private.example.com/']) {
      const { status, body } = await account.call<Problem>('PATCH', `/v1/webhooks/${id}`, { url: other });
      expect([other, status, body.errors?.[0]?.message]).toEqual([other, 422, notExternal]);
    }
    expect(await lastChange()).toBe(before);
    expect((await account.call('GET', `/v1/webhooks/${id}`)).body['url']).toBe(url);
  });

  it.each([
    ['a name with a public address', 'https://hooks.example.com/ce-pro?token=1'],
    ['a public address', 'https://93.184.216.34/ce-pro'],
    ['a port of its own', 'https://hooks.example.com:8443/ce-pro'],
    ['a name that does not resolve yet', 'https://tomorrow.example.com/ce-pro'],
  ])('is accepted: %s', async (_what, url) => {
    expect((await account.anEndpoint({ url })).url).toBe(url);
  });
});

describe('the events of an endpoint', () => {
  it('may be all 15', async () => {
    const { events } = await account.anEndpoint({ url: 'https://hooks.example.com/all', events: eventTypes });
    expect([...events].sort()).toEqual([...eventTypes].sort());
    expect(events).toHaveLength(15);
  });

  it.each([[[]], [['invoice.refunded']], [['invoice_paid']], [['Invoice.Paid']], [['*']], [['invoice.paid', 'lead.*']]])('are one or more of the catalogue, so not %j', async (events) => {
    const before = await lastChange();
    const { status, body } = await account.call<Problem>('POST', '/v1/webhooks', { url: 'https://hooks.example.com/', events });
    expect([status, body.code]).toEqual([422, 'validation-failed']);
    expect(body.errors?.[0]?.field).toMatch(/^events/);
    expect(await lastChange()).toBe(before);
  });
});

describe('the signing secret', () => {
  it('is whsec_ and the base64 of 32 random bytes, another one for each endpoint', async () => {
    const secrets = await Promise.all([1, 2, 3].map(async () => (await account.anEndpoint({ url: 'https://hooks.example.com/secret' })).secret));
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    }
    expect(new Set(secrets).size).toBe(3);
  });

  it('is in the answer to the creation and in no later one, nor in the clear in any store', async () => {
    const answers: string[] = [];
    const admin = await system.account('acct_once', (answer) => answers.push(answer));
    const { id, secret } = await admin.anEndpoint({ url: 'https://hooks.example.com/once', description: 'Our CRM' });
    expect(answers.join()).toContain(secret);
    answers.length = 0;
    const one = await admin.call<EndpointResource>('GET', `/v1/webhooks/${id}`);
    await admin.call('GET', '/v1/webhooks');
    await admin.call('PATCH', `/v1/webhooks/${id}`, { description: 'Our other CRM' });
    await admin.call('PATCH', `/v1/webhooks/${id}`, { active: false });
    await admin.call('PATCH', `/v1/webhooks/${id}`, { active: true });
    await admin.call('DELETE', `/v1/webhooks/${id}`);
    expect(one).toMatchObject({ status: 200, body: { id, description: 'Our CRM' } });
    expect(Object.keys(one.body).filter((field) => /secret|sealed|key/i.test(field))).toEqual([]);
    expect(answers).toHaveLength(6);
    const hidden = secret.slice('whsec_'.length);
    expect(answers.filter((answer) => answer.includes(hidden) || answer.includes('whsec_'))).toEqual([]);
    expect((await heldByStores(system)).filter(({ bytes }) => bytes.includes(hidden))).toEqual([]);
  });

  it('can be neither chosen nor changed', async () => {
    const url = 'https://hooks.example.com/chosen';
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect((await account.call<Problem>('POST', '/v1/webhooks', { url, events: ['invoice.paid'], secret })).status).toBe(422);
    const { id } = await account.anEndpoint({ url });
    expect((await account.call<Problem>('PATCH', `/v1/webhooks/${id}`, { secret })).status).toBe(422);
  });
});

it('an endpoint has its URL, its events and whether it is active, as they were last saved', async () => {
  const { id } = await account.anEndpoint({ url: 'https://hooks.example.com/first', events: ['lead.created'], active: false });
  expect((await account.call('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ url: 'https://hooks.example.com/first', events: ['lead.created'], active: false });
  const changed = { url: 'https://hooks.example.com/second', events: ['lead.created', 'proposal_sent'], active: true };
  expect(await account.call('PATCH', `/v1/webhooks/${id}`, changed)).toMatchObject({ status: 200, body: changed });
  expect((await account.call('GET', `/v1/webhooks/${id}`)).body).toMatchObject(changed);
});
