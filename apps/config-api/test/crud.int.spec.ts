import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAccount, as, configSequence, startReady, startWorld, url, type Call, type Service, type World } from './harness.ts';

let world: World;
let service: Service;
beforeAll(async () => {
  world = await startWorld();
  service = await startReady(world.env);
});
afterAll(async () => {
  await service?.stop();
  await world?.stop();
});

async function created(call: Call, body: object = {}) {
  const answer = await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'], ...body });
  expect(answer.status).toBe(201);
  return answer.body;
}

describe('an endpoint', () => {
  it('is created, read, changed, switched off and on, and deleted', async () => {
    const account = anAccount();
    const call = await as(service, account);

    const first = await call('POST', '/v1/webhooks', { url: 'https://127.0.0.1:443', events: ['invoice.paid', 'lead.created'], description: 'CRM', rateLimit: 25 });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      id: expect.stringMatching(/^wh_/), url: 'https://127.0.0.1/', events: ['lead.created', 'invoice.paid'], active: true, description: 'CRM', rateLimit: 25,
      createdAt: expect.any(String), updatedAt: first.body.createdAt, disabledReason: null, disabledAt: null,
      health: { state: 'unused', lastSuccessAt: null, lastFailureAt: null, failingSince: null },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    });
    const { secret: _secret, ...shown } = first.body;
    const path = `/v1/webhooks/${shown.id}`;
    expect(await call('GET', path)).toMatchObject({ status: 200, body: shown });
    expect((await call('GET', path)).body).toEqual(shown);
    expect((await call('GET', '/v1/webhooks')).body).toEqual({ data: [shown], nextCursor: null });

    const off = await call('PATCH', path, { active: false, description: null, rateLimit: null, url });
    expect(off.status).toBe(200);
    expect(off.body).toEqual({
      ...shown, url, active: false, description: null, rateLimit: null, updatedAt: expect.any(String), disabledReason: 'user', disabledAt: off.body.updatedAt,
      health: { ...shown.health, state: 'disabled' },
    });
    expect((await call('GET', path)).body).toEqual(off.body);

    const on = await call('PATCH', path, { active: true, events: ['job_completed'] });
    expect(on.body).toEqual({
      ...off.body, active: true, events: ['job_completed'], updatedAt: expect.any(String), disabledReason: null, disabledAt: null, health: shown.health,
    });
    expect((await call('GET', path)).body).toEqual(on.body);

    expect(await call('DELETE', path)).toMatchObject({ status: 204, body: undefined });
    for (const [method, where, body] of [['GET', path], ['PATCH', path, { active: false }], ['DELETE', path], ['POST', `${path}/test`]] as const) {
      expect(await call(method, where, body)).toMatchObject({ status: 404, body: { code: 'endpoint-not-found', title: 'Webhook config not found' } });
    }
    expect((await call('GET', '/v1/webhooks')).body).toEqual({ data: [], nextCursor: null });
    const kept = await world.jsm.streams.info('WEBHOOK_CONFIG', { subjects_filter: `webhooks.config.${account}.*` });
    expect(kept.state.subjects).toEqual({ [`webhooks.config.${account}.${shown.id}`]: 1 });
    const [row] = await world.source.query('SELECT * FROM config.endpoints WHERE id = $1', [shown.id]);
    expect(row).toEqual({
      id: shown.id, account_id: account, version: expect.any(String), deleted_at: expect.any(Date), url: null, events: null, active: null,
      description: null, rate_limit: null, disabled_reason: null, disabled_at: null, created_at: null, updated_at: null,
      system_disabled_at: null, system_disabled_reason: null,
    });
  });

  it('is not changed by a change to what it already is', async () => {
    const call = await as(service, anAccount());
    const { secret: _secret, ...endpoint } = await created(call, { description: 'x' });
    const before = await configSequence(world);
    for (const body of [{}, { active: true }, { url, events: ['invoice.paid'], description: 'x' }]) {
      expect((await call('PATCH', `/v1/webhooks/${endpoint.id}`, body))).toMatchObject({ status: 200, body: endpoint });
    }
    expect(await configSequence(world)).toBe(before);
  });

  it('may begin switched off', async () => {
    const call = await as(service, anAccount());
    const endpoint = await created(call, { active: false });
    expect(endpoint).toMatchObject({ active: false, disabledReason: 'user', disabledAt: endpoint.createdAt, health: { state: 'disabled' } });
  });

  it('is nobody else\'s', async () => {
    const mine = await as(service, anAccount());
    const theirs = await as(service, anAccount());
    const { id } = await created(mine);
    const before = await configSequence(world);
    for (const [method, path, body] of [
      ['GET', `/v1/webhooks/${id}`], ['PATCH', `/v1/webhooks/${id}`, { active: false }], ['DELETE', `/v1/webhooks/${id}`], ['POST', `/v1/webhooks/${id}/test`],
    ] as const) {
      expect(await theirs(method, path, body)).toMatchObject({ status: 404, type: 'application/problem+json; charset=utf-8', body: { code: 'endpoint-not-found' } });
    }
    expect((await theirs('GET', '/v1/webhooks')).body.data).toEqual([]);
    expect(await configSequence(world)).toBe(before);
    expect((await mine('GET', `/v1/webhooks/${id}`)).status).toBe(200);
  });

  it.each([
    'x', 'wh_1', 'wh_019ab3c4-0000-7000-8000-00000000000G', 'wh_019AB3C4-0000-7000-8000-000000000001', '*', '%3E', 'a.b', 'wh_%00', '..%2Fevent-types',
    'dlv_019ab3c4-0000-7000-8000-000000000001', 'wh_019ab3c4-0000-7000-8000-000000000001', 'x'.repeat(150),
  ])('is not found under %s', async (id) => {
    const call = await as(service, anAccount());
    for (const [method, suffix, body] of [['GET', ''], ['PATCH', '', {}], ['PATCH', '', { active: true }], ['DELETE', ''], ['POST', '/test']] as const) {
      expect(await call(method, `/v1/webhooks/${id}${suffix}`, body)).toMatchObject({ status: 404, body: { code: 'endpoint-not-found' } });
    }
  });

  it('has a malformed id whatever the body is', async () => {
    const call = await as(service, anAccount());
    expect(await call('PATCH', '/v1/webhooks/x', { url: 5 })).toMatchObject({ status: 404, body: { code: 'endpoint-not-found' } });
  });
});

describe('the list', () => {
  it('comes in pages, in the order of creation', async () => {
    const call = await as(service, anAccount());
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push((await created(call)).id);
    const seen: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { status, body } = await call('GET', `/v1/webhooks?limit=2&cursor=${cursor}`);
      expect(status).toBe(200);
      sizes.push(body.data.length);
      seen.push(...body.data.map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual(ids);
    expect((await call('GET', '/v1/webhooks?limit=5')).body).toMatchObject({ nextCursor: null });
    expect((await call('GET', '/v1/webhooks?limit=&cursor=')).body.data).toHaveLength(5);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'limit=-1', 'limit=1&limit=2', 'cursor=x', 'cursor=a&cursor=b', 'page=2', 'cursor=%00'])('refuses %s', async (query) => {
    const call = await as(service, anAccount());
    const { status, body } = await call('GET', `/v1/webhooks?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'validation-failed' });
    expect(new Set(body.errors?.map(({ field }) => field))).toEqual(new Set([query.split('=')[0]]));
  });

  it('shows what was just created, every time', async () => {
    const call = await as(service, anAccount());
    for (let i = 1; i <= 20; i += 1) {
      const { id } = await created(call);
      expect((await call('GET', `/v1/webhooks/${id}`)).status).toBe(200);
      expect((await call('GET', '/v1/webhooks')).body.data).toHaveLength(i);
    }
  });
});

describe('the catalogue', () => {
  it('has the 15 event types, each with an example that its schema describes', async () => {
    const call = await as(service, anAccount(), { scope: 'webhooks:read' });
    const { status, body } = await call('GET', '/v1/event-types');
    expect(status).toBe(200);
    expect(body.data).toHaveLength(15);
    expect(body.data[3]).toMatchObject({
      name: 'estimate.accepted', group: 'Estimates', legacy: false, description: 'A customer accepts an estimate.',
      example: { event: 'estimate.accepted', timestamp: expect.any(String), data: { status: 'accepted' } }, schema: { type: 'object' },
    });
    expect(body.data.filter((type) => 'legacy' in type && type.legacy)).toHaveLength(7);
  });
});
