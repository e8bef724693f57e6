import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAccessToken, aForgedToken, anUnsignedToken } from '@cepro/testkit';
import { aDelivery, attempted, scheduled } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

let world: World;
let log: Log;
let paths: Record<(typeof routes)[number], string>;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog();
  const endpoint = await world.createdEndpoint();
  const delivery = aDelivery(endpoint);
  const event = await world.publishEvent();
  await world.publish(scheduled(delivery), attempted(delivery));
  await world.projected();
  paths = {
    attempts: `/v1/webhooks/${endpoint.id}/attempts`,
    delivery: `/v1/deliveries/${delivery.id}`,
    retry: `/v1/deliveries/${delivery.id}/retry`,
    events: '/v1/events',
    event: `/v1/events/${event.id}`,
  };
});

afterAll(() => world.stop());

const accountId = 'acct_1';
const routes = ['attempts', 'delivery', 'retry', 'events', 'event'] as const;
const call = (route: (typeof routes)[number], token: string | null) =>
  (route === 'retry' ? log.post<{ code?: string }>(paths[route], { token }) : log.get<{ code?: string }>(paths[route], { token }));

describe('tokens', () => {
  const bad: [string, () => string | null | Promise<string>][] = [
    ['none', () => null],
    ['garbage', () => 'garbage'],
    ['an expired one', () => anAccessToken({ accountId, expiresInSeconds: -10 })],
    ['a forged one', () => aForgedToken({ accountId })],
    ['an unsigned one', () => anUnsignedToken({ accountId })],
    ['another algorithm', () => anAccessToken({ accountId, alg: 'HS512' })],
    ['another audience', () => anAccessToken({ accountId, audience: 'billing' })],
    ['another issuer', () => anAccessToken({ accountId, issuer: 'https://elsewhere.example' })],
    ['no account', () => anAccessToken({})],
    ['an account that can not be one', () => anAccessToken({ accountId: 'a.b' })],
  ];
  it.each(bad)('%s: 401 at every route', async (_, token) => {
    for (const route of routes) {
      const answer = await call(route, await token());
      expect([route, answer.status, answer.body.code]).toEqual([route, 401, 'unauthenticated']);
      expect(answer.type).toContain('application/problem+json');
    }
  });

  it('are asked for before a body is looked at', async () => {
    for (const [type, body] of [['application/json', '{'], ['text/plain', 'x'], ['application/json', 'x'.repeat(70_000)]] as const) {
      const response = await fetch(`${log.url}${paths.retry}`, { method: 'POST', headers: { 'content-type': type }, body });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'unauthenticated']);
    }
  });

  it.each([
    ['webhooks:read', { attempts: 200, delivery: 200, retry: 403, events: 200, event: 200 }],
    ['webhooks:write', { attempts: 403, delivery: 403, retry: 409, events: 403, event: 403 }],
    ['webhooks:read webhooks:write', { attempts: 200, delivery: 200, retry: 409, events: 200, event: 200 }],
    ['webhooks', { attempts: 403, delivery: 403, retry: 403, events: 403, event: 403 }],
    ['', { attempts: 403, delivery: 403, retry: 403, events: 403, event: 403 }],
  ])('the scope "%s" opens what it names', async (scope, expected) => {
    const statuses = await Promise.all(routes.map(async (route) => [route, (await call(route, await anAccessToken({ accountId, scope }))).status]));
    expect(Object.fromEntries(statuses)).toEqual(expected);
  });
});

describe('OpenAPI', () => {
  it('describes every route with its answers', async () => {
    const { body } = await log.get<{ openapi: string; paths: Record<string, Record<string, { operationId: string; responses: Record<string, { content: object }>; parameters: { name: string }[] }>>; components: { schemas: Record<string, { properties: Record<string, { type: unknown }> }> } }>('/openapi.json', { token: null });
    expect(body.openapi).toBe('3.1.0');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })));
    expect(operations.map(({ path, method, operationId, responses }) => [operationId, method, path, Object.keys(responses)])).toEqual([
      ['listAttempts', 'get', '/v1/webhooks/{id}/attempts', ['200', '401', '403', '404', '422', '500', '503']],
      ['getAttemptStats', 'get', '/v1/webhooks/{id}/attempts/stats', ['200', '401', '403', '404', '500', '503']],
      ['getDelivery', 'get', '/v1/deliveries/{id}', ['200', '401', '403', '404', '500', '503']],
      ['listEvents', 'get', '/v1/events', ['200', '401', '403', '422', '500', '503']],
      ['getEvent', 'get', '/v1/events/{id}', ['200', '401', '403', '404', '500', '503']],
      ['retryDelivery', 'post', '/v1/deliveries/{id}/retry', ['202', '401', '403', '404', '409', '500', '503']],
    ]);
    for (const { responses } of operations) {
      for (const [status, response] of Object.entries(responses)) {
        expect(Object.keys(response.content)).toEqual([Number(status) < 400 ? 'application/json' : 'application/problem+json']);
      }
    }
    expect(operations[0]!.parameters.map(({ name }) => name).sort()).toEqual(['cursor', 'event', 'from', 'id', 'limit', 'outcome', 'to']);
    expect(operations[3]!.parameters.map(({ name }) => name).sort()).toEqual(['cursor', 'from', 'limit', 'to', 'type']);
    expect(body.components.schemas['LogPage']!.properties['nextCursor']).toMatchObject({ type: ['string', 'null'] });
  });
});

describe('what is not there', () => {
  it('is a problem document too', async () => {
    const answer = await log.get<{ code: string }>('/v1/nothing');
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
  });
});
