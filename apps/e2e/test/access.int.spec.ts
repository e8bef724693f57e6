import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problems, type ErrorCode } from '@cepro/contracts';
import { aForgedToken, anAccessToken, anUnsignedToken } from '@cepro/testkit';
import { heldByTables, publishEvent, System, type ApiClient } from '../src/index.ts';

/** An operation of one of the two OpenAPI documents: a route that is added to a service is tested by itself. */
interface Route {
  readonly method: string;
  readonly path: string;
  /** A body that the document gives as an example; undefined for a route without one. */
  readonly example: object | undefined;
  readonly query: readonly string[];
  readonly security: unknown;
  readonly statuses: readonly string[];
}

interface Document {
  readonly paths: Record<string, Record<string, {
    readonly parameters?: readonly { readonly name: string; readonly in: string }[];
    readonly requestBody?: { readonly content: Record<string, { readonly examples?: Record<string, { readonly value: object }> }> };
    readonly security?: unknown;
    readonly responses: Record<string, unknown>;
  }>>;
}

interface Outcome {
  readonly status: number;
  readonly type: string | null;
  readonly body: { readonly code?: string; readonly status?: number; readonly title?: string; readonly type?: string } & Record<string, unknown>;
}

const accountId = 'acct_owner';

let system: System;
let owner: ApiClient;
let routes: Route[];
/** The owner's ids, by the part of the path that they stand after. */
let ids: Record<'webhooks' | 'deliveries' | 'events', string>;

beforeAll(async () => {
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '3600000' } } });
  owner = await system.account(accountId);
  system.receiver.answer({ status: 500 });
  const { id } = await owner.anEndpoint({ url: system.receiver.url });
  await publishEvent(system, { accountId });
  const [entry] = await owner.logged(id, 1);
  const events = await owner.call<{ data: { id: string }[] }>('GET', '/v1/events');
  ids = { webhooks: id, deliveries: entry!.deliveryId, events: events.body.data[0]!.id };
  const documents = await Promise.all(['/v1/webhooks', '/v1/deliveries/'].map(async (path) => (
    (await fetch(new URL('/openapi.json', system.urlOf(path)))).json() as Promise<Document>
  )));
  routes = documents.flatMap(({ paths }) => Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): Route => ({
    method: method.toUpperCase(),
    path,
    example: operation.requestBody && Object.values(operation.requestBody.content['application/json']?.examples ?? {})[0]?.value,
    query: (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    security: operation.security,
    statuses: Object.keys(operation.responses),
  }))));
});
afterAll(() => system?.stop());

/** A route's address, with an id in place of the parameter. */
function addressOf({ path }: Route, other: Partial<typeof ids> = {}): string {
  return path.replace(/\/(\w+)\/\{\w+\}/g, (_all, kind: string) => {
    const id = { ...ids, ...other }[kind as keyof typeof ids];
    if (id === undefined) throw new Error(`the tests know no id for ${path}`);
    return `/${kind}/${id}`;
  });
}

async function call(address: string, method: string, token: string | undefined, body?: { readonly type: string; readonly bytes: string | Buffer }): Promise<Outcome> {
  const response = await fetch(system.urlOf(address), {
    method,
    headers: { ...(token !== undefined && { authorization: token }), ...(body && { 'content-type': body.type }) },
    ...(body && { body: Buffer.from(body.bytes) }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), body: (text ? JSON.parse(text) : {}) as Outcome['body'] };
}

const json = (value: unknown) => ({ type: 'application/json', bytes: JSON.stringify(value) });
const exampleOf = ({ example }: Route) => example && json(example);
const named = ({ method, path }: Route) => `${method} ${path}`;
/** The one call that takes a body and changes nothing. */
const explains = 'POST /v1/webhooks/{id}/explain';
const reads = (route: Route) => route.method === 'GET' || named(route) === explains;

/** What a problem document must be; returns its code. */
function problemCode(what: string, { status, type, body }: Outcome): string {
  const known = problems[body.code as ErrorCode] as { status: number; title: string } | undefined;
  expect({ what, type, status: body.status, title: body.title, kind: body.type }).toEqual({
    what, type: 'application/problem+json; charset=utf-8', status, title: known?.title, kind: `urn:cepro:webhooks:problem:${body.code}`,
  });
  expect([what, known?.status]).toEqual([what, status]);
  return body.code!;
}

/** What everything comes to that is stored, and how much was sent. */
async function stored(): Promise<unknown> {
  const streams: Record<string, number> = {};
  for await (const { config, state } of (await system.jsm).streams.list()) streams[config.name] = state.last_seq;
  const rows = (await heldByTables(system)).map(({ where, bytes }) => `${where} ${bytes.toString()}`).sort();
  return { streams, rows: rows.length, tables: createHash('sha256').update(rows.join('\n')).digest('hex'), sent: system.receiver.requests.length };
}

async function storingNothing(work: () => Promise<void>): Promise<void> {
  const before = await stored();
  await work();
  expect(await stored()).toEqual(before);
}

it('both documents tell of every route, that it takes a bearer token, and what it may answer', () => {
  expect(routes.map(named).sort()).toEqual([
    'DELETE /v1/webhooks/{id}', 'GET /v1/deliveries/{id}', 'GET /v1/event-types', 'GET /v1/events', 'GET /v1/events/{id}', 'GET /v1/webhooks',
    'GET /v1/webhooks/{id}', 'GET /v1/webhooks/{id}/attempts', 'GET /v1/webhooks/{id}/attempts/stats', 'PATCH /v1/webhooks/{id}',
    'POST /v1/deliveries/{id}/retry', 'POST /v1/webhooks', 'POST /v1/webhooks/{id}/explain', 'POST /v1/webhooks/{id}/test',
  ]);
  for (const route of routes) {
    expect([named(route), route.security]).toEqual([named(route), [{ bearer: [] }]]);
    expect(route.statuses).toEqual(expect.arrayContaining(['401', '403', '500', '503']));
    if (route.path.includes('{')) expect(route.statuses).toContain('404');
    expect([named(route), route.example !== undefined]).toEqual([named(route), ['POST /v1/webhooks', 'PATCH /v1/webhooks/{id}', explains].includes(named(route))]);
  }
});

describe('every route refuses, with a problem document and nothing stored:', () => {
  const bearer = (token: Promise<string> | string) => async () => `Bearer ${await token}`;
  const tokens: [string, () => Promise<string | undefined>][] = [
    ['no token', async () => undefined],
    ['an empty one', async () => 'Bearer '],
    ['another scheme', async () => `Basic ${Buffer.from('admin:admin').toString('base64')}`],
    ['garbage', bearer('garbage')],
    ['garbage in three parts', bearer('a.b.c')],
    ['an expired one', bearer(anAccessToken({ accountId, expiresInSeconds: -10 }))],
    ['a forged one', bearer(aForgedToken({ accountId }))],
    ['one for another audience', bearer(anAccessToken({ accountId, audience: 'invoices' }))],
    ['one of another issuer', bearer(anAccessToken({ accountId, issuer: 'https://elsewhere.example' }))],
    ['one with `alg: none`', bearer(anUnsignedToken({ accountId }))],
    ['one with `alg: none` and a signature', bearer(`${anUnsignedToken({ accountId })}c2lnbmF0dXJl`)],
    ['one with another algorithm', bearer(anAccessToken({ accountId, alg: 'HS512' }))],
    ['one whose claims were changed', async () => {
      const [header, , signature] = (await anAccessToken({ accountId: 'acct_stranger' })).split('.');
      const [, claims] = (await anAccessToken({ accountId })).split('.');
      return `Bearer ${header}.${claims}.${signature}`;
    }],
    ['one that names no account', bearer(anAccessToken({}))],
    ['one whose account would be a pattern of subjects', bearer(anAccessToken({ accountId: '*' }))],
  ];

  it.each(tokens)('%s', async (_what, token) => {
    const authorization = await token();
    await storingNothing(async () => {
      for (const route of routes) {
        const answer = await call(addressOf(route), route.method, authorization, exampleOf(route));
        expect([named(route), problemCode(named(route), answer)]).toEqual([named(route), 'unauthenticated']);
      }
    });
  });

  it('a token without the scope that the route needs', async () => {
    await storingNothing(async () => {
      for (const route of routes) {
        const [needed, other] = reads(route) ? ['webhooks:read', 'webhooks:write'] : ['webhooks:write', 'webhooks:read'];
        for (const scope of ['', 'webhooks', `${needed}s`, other]) {
          const answer = await call(addressOf(route), route.method, `Bearer ${await anAccessToken({ accountId, scope })}`, exampleOf(route));
          expect([named(route), scope, problemCode(named(route), answer)]).toEqual([named(route), scope, 'insufficient-scope']);
        }
      }
    });
  });

  it('another account\'s ids, in the same words as ids that name nothing', async () => {
    const stranger = `Bearer ${await anAccessToken({ accountId: 'acct_stranger' })}`;
    const uuid = '019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071';
    const nothing = { webhooks: `wh_${uuid}`, deliveries: `dlv_${uuid}`, events: `evt_${uuid}` };
    const unknown = { webhooks: 'endpoint-not-found', deliveries: 'delivery-not-found', events: 'event-not-found' };
    await storingNothing(async () => {
      for (const route of routes.filter(({ path }) => path.includes('{'))) {
        const answer = await call(addressOf(route), route.method, stranger, exampleOf(route));
        expect(problemCode(named(route), answer)).toBe(unknown[route.path.split('/')[2] as keyof typeof unknown]);
        expect(answer).toEqual(await call(addressOf(route, nothing), route.method, stranger, exampleOf(route)));
      }
      for (const list of ['/v1/webhooks', '/v1/events']) {
        expect(await call(list, 'GET', stranger)).toMatchObject({ status: 200, body: { data: [], nextCursor: null } });
      }
    });
  });

  it('ids that can be none', async () => {
    const wrong = [
      'nonsense', '%00', '%20', '*', '%3E', '..%2F..%2Fetc', '%27%20OR%201%3D1--', 'wh_', 'dlv_', 'x'.repeat(10_000), '%F0%9F%AA%9F',
      ids.webhooks.toUpperCase(), `${ids.webhooks}0`, ids.deliveries.replace('dlv', 'wh'), ids.webhooks.replace('wh', 'dlv'), `${ids.deliveries}%0A`,
      ids.events.toUpperCase(), ids.events.replace('evt', 'dlv'), `${ids.events}0`,
    ];
    await storingNothing(async () => {
      for (const route of routes.filter(({ path }) => path.includes('{'))) {
        for (const id of wrong) {
          const what = `${named(route)} ${id.slice(0, 50)}`;
          const answer = await call(addressOf(route, { webhooks: id, deliveries: id, events: id }), route.method, `Bearer ${owner.token}`, exampleOf(route));
          expect([what, problemCode(what, answer)]).toEqual([what, expect.stringMatching(/^(endpoint|delivery|event)-not-found$/)]);
        }
        const answer = await call(addressOf(route, { webhooks: '%zz', deliveries: '%zz', events: '%zz' }), route.method, `Bearer ${owner.token}`, exampleOf(route));
        expect(problemCode(named(route), answer)).toBe('malformed-request');
      }
    });
  });

  const bodies: [string, string, string | Buffer, ErrorCode | RegExp][] = [
    ['half of JSON', 'application/json', '{"url":', 'malformed-json'],
    ['no JSON', 'application/json', 'url=https://hooks.example.com', 'malformed-json'],
    ['a comma too many', 'application/json', '{"active":true,}', 'malformed-json'],
    ['two objects', 'application/json', '{}{}', 'malformed-json'],
    ['nothing', 'application/json', '', 'malformed-json'],
    ['a prototype', 'application/json', '{"__proto__":{"active":false}}', 'malformed-json'],
    ['a prototype by way of the constructor', 'application/json', '{"constructor":{"prototype":{"active":false}}}', 'malformed-json'],
    ['nesting without end', 'application/json', '['.repeat(50_000), 'malformed-json'],
    ['bytes that are no text', 'application/json', Buffer.from([0xff, 0xfe, 0x00]), 'malformed-json'],
    ['more than any route takes', 'application/json', JSON.stringify({ description: 'x'.repeat(600_000) }), 'body-too-large'],
    ['plain text', 'text/plain', '{"active":false}', 'unsupported-media-type'],
    ['a form', 'application/x-www-form-urlencoded', 'active=false', 'unsupported-media-type'],
    ['XML', 'application/xml', '<active>false</active>', 'unsupported-media-type'],
  ];
  const wrongValues: [string, unknown][] = [
    ['null', null], ['a list', []], ['a text', 'text'], ['a number', 1], ['true', true],
    ['a URL that is a number', { url: 1 }], ['a URL that is null', { url: null }], ['a URL that is a list', { url: ['https://hooks.example.com'] }],
    ['events that are a text', { events: 'invoice.paid' }], ['events that are numbers', { events: [1] }], ['events that are null', { events: null }],
    ['nested events', { events: [['invoice.paid']] }],
    ['active as a text', { active: 'yes' }], ['active as null', { active: null }],
    ['a description that is a number', { description: 5 }], ['a description that is too long', { description: 'x'.repeat(257) }],
    ['a description with a NUL', { description: 'a\0b' }],
    ['a field that nobody knows', { active: false, nonsense: 1 }], ['an id', { id: 'wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071' }], ['an account', { accountId: 'acct_stranger' }],
    ['a name that objects inherit', { toString: 'x' }],
  ];

  it.each(bodies)('a body that is %s', async (_what, type, bytes, code) => {
    await storingNothing(async () => {
      // Routes that need no body do not take such a one either; only nothing is what they want.
      for (const route of routes.filter(({ method, example }) => method !== 'GET' && (bytes !== '' || example !== undefined))) {
        const answer = await call(addressOf(route), route.method, `Bearer ${owner.token}`, { type, bytes });
        expect([named(route), problemCode(named(route), answer)]).toEqual([named(route), code]);
      }
    });
  });

  it.each(wrongValues)('a body with %s', async (_what, value) => {
    await storingNothing(async () => {
      for (const route of routes.filter(({ example }) => example !== undefined)) {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        const complete = isObject ? { url: system.receiver.url, events: ['invoice.paid'], ...value } : value;
        const answer = await call(addressOf(route), route.method, `Bearer ${owner.token}`, json(complete));
        expect([named(route), problemCode(named(route), answer)]).toEqual([named(route), 'validation-failed']);
        // Whoever made the mistake learns which field it is in.
        if (isObject) expect((answer.body['errors'] as { field: string }[]).length).toBeGreaterThan(0);
      }
    });
  });

  it('a query with values that can be none', async () => {
    const asked = routes.flatMap((route) => route.query.map((name) => ({ route, name })));
    expect(asked.length).toBeGreaterThanOrEqual(8);
    await storingNothing(async () => {
      for (const { route, name } of asked) {
        for (const value of ['nonsense', '%F0%9F%AA%9F', '%00', '-1', '1e3', `1&${name}=2`]) {
          const what = `${named(route)}?${name}=${value}`;
          const answer = await call(`${addressOf(route)}?${name}=${value}`, route.method, `Bearer ${owner.token}`);
          expect([what, problemCode(what, answer)]).toEqual([what, 'validation-failed']);
        }
      }
    });
  });

  it('methods and addresses that are not there, nor what is for operators only', async () => {
    await storingNothing(async () => {
      for (const base of ['/v1/webhooks', '/v1/deliveries/']) {
        const origin = new URL(system.urlOf(base)).origin;
        for (const [method, path] of [
          ['GET', '/'], ['GET', '/metrics'], ['GET', '/health/ready'], ['GET', '/v1'], ['GET', '/v2/webhooks'],
          ['PUT', `/v1/webhooks/${ids.webhooks}`], ['DELETE', `/v1/deliveries/${ids.deliveries}`],
        ] as const) {
          const response = await fetch(`${origin}${path}`, { method, headers: { authorization: `Bearer ${owner.token}` } });
          const what = `${method} ${origin}${path}`;
          const answer: Outcome = { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as Outcome['body'] };
          expect([what, problemCode(what, answer)]).toEqual([what, 'not-found']);
        }
      }
    });
  });
});

it('the right token is all that the same calls lacked', async () => {
  for (const route of routes.filter(reads)) {
    const answer = await call(addressOf(route), route.method, `Bearer ${await anAccessToken({ accountId, scope: 'webhooks:read' })}`, exampleOf(route));
    expect([named(route), answer.status]).toEqual([named(route), 200]);
  }
});
