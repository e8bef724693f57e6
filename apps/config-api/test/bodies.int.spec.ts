import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventTypes } from '@cepro/contracts';
import { startDns, type DnsServer } from '@cepro/testkit';
import { anAccount, as, configSequence, startReady, startWorld, url, type Body, type Call, type Service, type World } from './harness.ts';

let world: World;
let service: Service;
let dns: DnsServer;
let call: Call;
let before: number;
let existing: { id: string };
beforeAll(async () => {
  world = await startWorld();
  dns = await startDns({
    answer: (name, type) => (name === 'public.example.com' && type === 'A' ? ['93.184.216.34'] : name === 'rebound.example.com' && type === 'A' ? ['10.0.0.7'] : 'NXDOMAIN'),
  });
  service = await startReady({ ...world.env, EGRESS_DNS_SERVERS: dns.address });
  call = await as(service, anAccount());
  existing = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
  before = await configSequence(world);
});
afterAll(async () => {
  await service?.stop();
  await dns?.stop();
  await world?.stop();
});

const problemType = 'application/problem+json; charset=utf-8';
const events = ['invoice.paid'];

/** Sends it both as a new endpoint and as a change, and makes sure that nothing was stored. */
async function refused(body: unknown, headers?: Record<string, string>) {
  const answers = [await call('POST', '/v1/webhooks', body, headers), await call('PATCH', `/v1/webhooks/${existing.id}`, body, headers)];
  expect(await configSequence(world)).toBe(before);
  for (const { type } of answers) expect(type).toBe(problemType);
  return answers;
}

const fieldsOf = ({ errors = [] }: Body) => [...new Set(errors.map(({ field }) => field))].sort();

describe('a body that is not what it should be', () => {
  it.each([
    ['an array', '[]'], ['an array of what would be one', JSON.stringify([{ url, events }])], ['null', 'null'], ['text', '"x"'], ['a number', '5'], ['true', 'true'],
  ])('is refused if it is %s', async (_what, body) => {
    for (const answer of await refused(body)) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed', detail: 'The body must be a JSON object.' } });
    }
  });

  it.each([
    ['cut off', '{"url":'], ['with a comma too many', '{"url":"https://x.example/",}'], ['empty', ''], ['made for prototypes', '{"__proto__":{"active":true}}'],
    ['made for constructors', '{"constructor":{"prototype":{"active":true}}}'], ['no JSON', 'url=x'],
  ])('is refused as malformed if it is %s', async (_what, body) => {
    for (const answer of await refused(body)) expect(answer).toMatchObject({ status: 400, body: { code: 'malformed-json' } });
  });

  it('is not missed where none is wanted, though the client names a content type', async () => {
    const { id } = (await call('POST', '/v1/webhooks', { url, events })).body;
    expect(await call('DELETE', `/v1/webhooks/${id}`, '', { 'content-type': 'application/json' })).toMatchObject({ status: 204 });
    before = await configSequence(world);
  });

  it('is refused without a body', async () => {
    for (const method of ['POST', 'PATCH']) {
      const path = method === 'POST' ? '/v1/webhooks' : `/v1/webhooks/${existing.id}`;
      expect(await call(method, path)).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    }
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense'])('is refused as %s', async (type) => {
    for (const answer of await refused('url=https://x.example/&events=invoice.paid', { 'content-type': type })) {
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
    }
  });

  it('is refused if it is larger than 64 KiB', async () => {
    for (const answer of await refused(JSON.stringify({ url, events, description: 'x'.repeat(64 * 1024) }))) {
      expect(answer).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
    }
  });

  it('is refused below that for what is in it', async () => {
    for (const answer of await refused(JSON.stringify({ url, events, description: 'x'.repeat(60 * 1024) }))) {
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'description' }] } });
    }
  });
});

describe('a field', () => {
  const fields: [string, Record<string, unknown>, string[]][] = [
    ['an unknown one', { url, events, secret: 'whsec_x' }, ['secret']],
    ['several unknown ones', { url, events, id: 'x', accountId: 'acct_1' }, ['accountId', 'id']],
    ['one with an inherited name', { url, events, toString: 1, hasOwnProperty: null }, ['hasOwnProperty', 'toString']],
    ['one that Nest drops', { url, events, constructor: 'x' }, ['constructor']],
    ['one that Nest drops, beside others', { url: 'http://10.0.0.1/', events, constructor: 1, more: 1 }, ['constructor', 'more', 'url']],
    ['url of another kind', { url: 5, events }, ['url']],
    ['url null', { url: null, events }, ['url']],
    ['url a list', { url: [url], events }, ['url']],
    ['url too long', { url: `https://127.0.0.1/${'x'.repeat(2048)}`, events }, ['url']],
    ['events of another kind', { url, events: 'invoice.paid' }, ['events']],
    ['events null', { url, events: null }, ['events']],
    ['events empty', { url, events: [] }, ['events']],
    ['events an object', { url, events: { 0: 'invoice.paid', length: 1 } }, ['events']],
    ['events unknown', { url, events: ['invoice.paid', 'invoice.lost', 'lead.created', 5] }, ['events[1]', 'events[3]']],
    ['events twice', { url, events: ['invoice.paid', 'invoice.paid'] }, ['events[1]']],
    ['events too many', { url, events: [...eventTypes, 'lead.created'] }, ['events']],
    ['active null', { url, events, active: null }, ['active']],
    ['active text', { url, events, active: 'false' }, ['active']],
    ['active a number', { url, events, active: 0 }, ['active']],
    ['description of another kind', { url, events, description: 5 }, ['description']],
    ['description too long', { url, events, description: 'x'.repeat(257) }, ['description']],
    ['description with NUL', { url, events, description: 'a\0b' }, ['description']],
    ['description with a line break', { url, events, description: 'a\nb' }, ['description']],
    ['description with half a pair', { url, events, description: '\ud800' }, ['description']],
    ['rateLimit of another kind', { url, events, rateLimit: '5' }, ['rateLimit']],
    ['rateLimit zero', { url, events, rateLimit: 0 }, ['rateLimit']],
    ['rateLimit a fraction', { url, events, rateLimit: 0.5 }, ['rateLimit']],
    ['rateLimit too high', { url, events, rateLimit: 10_001 }, ['rateLimit']],
    [
      'every field at once', { url: 'http://10.0.0.1/', events: ['x'], active: 1, description: '\0', rateLimit: -1, more: 1 },
      ['active', 'description', 'events[0]', 'more', 'rateLimit', 'url'],
    ],
  ];
  it.each(fields)('%s is refused by its name', async (_what, body, expected) => {
    for (const answer of await refused(body)) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed', type: 'urn:cepro:webhooks:problem:validation-failed' } });
      expect(fieldsOf(answer.body)).toEqual(expected);
    }
  });

  it('that is required and missing is named', async () => {
    expect(fieldsOf((await call('POST', '/v1/webhooks', {})).body)).toEqual(['events', 'url']);
  });

  it('constructor is not taken for the body\'s own', async () => {
    const { status } = await call('POST', '/v1/webhooks', { url: 5, constructor: 'x' });
    expect(status).toBe(422);
  });

  it('description takes every printable character up to 256', async () => {
    const description = `${'é'.repeat(254)}😀`;
    const answer = await call('POST', '/v1/webhooks', { url, events, description });
    expect(answer).toMatchObject({ status: 201, body: { description } });
    expect((await call('GET', `/v1/webhooks/${answer.body.id}`)).body.description).toBe(description);
    expect((await call('DELETE', `/v1/webhooks/${answer.body.id}`)).status).toBe(204);
    before = await configSequence(world);
  });
});

describe('a URL', () => {
  it.each([
    'http://public.example.com/', 'ftp://public.example.com/', 'javascript:alert(1)', 'hooks.example.com', '', ' ', 'https://', 'https:///x', 'https://localhost/x',
    'https://[::1]/', 'https://10.0.0.1/', 'https://192.168.1.1:8443/', 'https://169.254.169.254/latest/meta-data', 'https://[::ffff:10.0.0.1]/', 'https://0x7f000002/',
    'https://2130706434/', 'https://user:pass@public.example.com/', 'https://intranet/', 'https://db.internal/', 'https://rebound.example.com/', 'https://127.0.0.1:0/',
    'https://public.example.com/\0', 'https://public.example.com\\@10.0.0.1/', 'https://metadata.google.internal/',
  ].filter((each) => each !== 'https://localhost/x'))('%j is refused with the reason', async (bad) => {
    for (const answer of await refused({ url: bad, events })) {
      expect(answer).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'url', message: 'Webhook URL must be an external HTTPS endpoint', detail: expect.stringMatching(/./) }] },
      });
    }
  });

  it.each([
    ['https://PUBLIC.example.com:443/Hook?x=1#part', 'https://public.example.com/Hook?x=1'],
    ['https://not-there-yet.example.com', 'https://not-there-yet.example.com/'],
  ])('%s is stored as %s', async (given, stored) => {
    const answer = await call('POST', '/v1/webhooks', { url: given, events });
    expect(answer).toMatchObject({ status: 201, body: { url: stored } });
    expect((await call('GET', `/v1/webhooks/${answer.body.id}`)).body.url).toBe(stored);
    expect((await call('PATCH', `/v1/webhooks/${existing.id}`, { url: given })).body.url).toBe(stored);
    before = await configSequence(world);
  });
});

describe('an address of the API', () => {
  it.each([['GET', '/v1/nothing', 404, 'not-found'], ['PUT', '/v1/webhooks', 404, 'not-found'], ['GET', '/', 404, 'not-found'], ['GET', '/v1/%zz', 400, 'malformed-request'], ['GET', `/v1/webhooks/${'x'.repeat(300)}`, 404, 'endpoint-not-found']])(
    '%s %s answers with a problem', async (method, path, status, code) => {
      expect(await call(method, path)).toMatchObject({ status, type: problemType, body: { code, status } });
    },
  );

  it('documents itself, to everybody', async () => {
    const response = await fetch(`${service.baseUrl}/openapi.json`);
    expect(response.status).toBe(200);
    const document = await response.json() as { openapi: string; paths: Record<string, Record<string, { operationId: string; responses: Record<string, unknown> }>> };
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => `${method} ${path} ${operationId}`));
    expect(operations.sort()).toEqual([
      'delete /v1/webhooks/{id} deleteWebhook', 'get /v1/event-types listEventTypes', 'get /v1/webhooks listWebhooks', 'get /v1/webhooks/{id} getWebhook',
      'patch /v1/webhooks/{id} changeWebhook', 'post /v1/webhooks createWebhook', 'post /v1/webhooks/{id}/explain explainEvent',
      'post /v1/webhooks/{id}/test testWebhook',
    ]);
    expect(document.paths['/v1/webhooks']!['post']).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { allOf: [{ $ref: '#/components/schemas/CreateEndpointBody' }], unevaluatedProperties: false } } } },
    });
    expect(Object.keys(document.paths['/v1/webhooks']!['post']!.responses).sort()).toEqual(['201', '400', '401', '403', '409', '413', '415', '422', '500', '503']);
  });
});
