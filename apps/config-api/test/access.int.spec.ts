import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aForgedToken, anAccessToken, anUnsignedToken } from '@cepro/testkit';
import { as, callWith, configSequence, startReady, startWorld, url, type Service, type World } from './harness.ts';

let world: World;
let service: Service;
let id: string;
let before: number;
const accountId = 'acct_42';
beforeAll(async () => {
  world = await startWorld();
  service = await startReady(world.env);
  id = (await (await as(service, accountId))('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body.id;
  before = await configSequence(world);
});
afterAll(async () => {
  await service?.stop();
  await world?.stop();
});

const body = { url: 'https://127.0.0.1/other', events: ['lead.created'] };
const routes: [method: string, path: string, scope: string, body?: object][] = [
  ['GET', '/v1/event-types', 'webhooks:read'],
  ['GET', '/v1/webhooks', 'webhooks:read'],
  ['GET', '/v1/webhooks/{id}', 'webhooks:read'],
  ['POST', '/v1/webhooks', 'webhooks:write', body],
  ['PATCH', '/v1/webhooks/{id}', 'webhooks:write', body],
  ['DELETE', '/v1/webhooks/{id}', 'webhooks:write'],
  ['POST', '/v1/webhooks/{id}/test', 'webhooks:write'],
  ['POST', '/v1/webhooks/{id}/explain', 'webhooks:read', { type: 'lead.created', data: {} }],
];

const tokens: [what: string, token: () => Promise<string | undefined>][] = [
  ['no token', async () => undefined],
  ['garbage', async () => 'garbage'],
  ['garbage in three parts', async () => 'a.b.c'],
  ['an expired token', () => anAccessToken({ accountId, expiresInSeconds: -10 })],
  ['a forged token', () => aForgedToken({ accountId })],
  ['a changed token', async () => (await anAccessToken({ accountId })).replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ account_id: 'acct_1' })).toString('base64url')}.`)],
  ['another audience', () => anAccessToken({ accountId, audience: 'invoices' })],
  ['another issuer', () => anAccessToken({ accountId, issuer: 'https://evil.example' })],
  ['alg none', async () => anUnsignedToken({ accountId })],
  ['another algorithm', () => anAccessToken({ accountId, alg: 'HS512' })],
  ['no account', () => anAccessToken({})],
  ['an account that can be no subject', () => anAccessToken({ accountId: 'acct.*' })],
  ['an empty account', () => anAccessToken({ accountId: '' })],
];

describe.each(routes)('%s %s', (method, path, scope, sent) => {
  it.each(tokens)('refuses %s', async (_what, token) => {
    const answer = await callWith(service, await token())(method, path.replace('{id}', id), sent);
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json; charset=utf-8', body: { code: 'unauthenticated', status: 401 } });
    expect(await configSequence(world)).toBe(before);
  });

  it.each(['', scope === 'webhooks:read' ? 'webhooks:write' : 'webhooks:read', `${scope}s`, scope.toUpperCase()])('refuses the scope "%s"', async (given) => {
    const answer = await callWith(service, await anAccessToken({ accountId, scope: given }))(method, path.replace('{id}', id), sent);
    expect(answer).toMatchObject({ status: 403, type: 'application/problem+json; charset=utf-8', body: { code: 'insufficient-scope' } });
    expect(await configSequence(world)).toBe(before);
  });
});

describe('the right token', () => {
  it.each(routes.filter(([, , scope]) => scope === 'webhooks:read').map(([method, path, , sent]) => ({ method, path, sent })))('is enough for $method $path', async ({ method, path, sent }) => {
    const scope = 'webhooks:read';
    expect((await callWith(service, await anAccessToken({ accountId, scope }))(method, path.replace('{id}', id), sent)).status).toBe(200);
  });

  it('is asked for before the body is looked at, and in a way that a client knows', async () => {
    const response = await fetch(`${service.baseUrl}/v1/webhooks`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  describe.each(routes.filter(([method]) => method !== 'GET'))('is asked for, at %s %s,', (method, path, scope) => {
    it.each([
      ['no JSON', '{', 'application/json'], ['no content type that is known', 'x', 'text/plain'], ['too large', 'x'.repeat(70_000), 'application/json'],
    ])('before a body that is %s', async (_what, sent, type) => {
      const headers = { 'content-type': type };
      for (const token of [undefined, 'garbage', await aForgedToken({ accountId })]) {
        expect(await callWith(service, token)(method, path.replace('{id}', id), sent, headers)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      }
      const other = callWith(service, await anAccessToken({ accountId, scope: scope === 'webhooks:read' ? 'webhooks:write' : 'webhooks:read' }));
      expect(await other(method, path.replace('{id}', id), sent, headers)).toMatchObject({ status: 403, body: { code: 'insufficient-scope' } });
      expect(await configSequence(world)).toBe(before);
    });
  });
});
