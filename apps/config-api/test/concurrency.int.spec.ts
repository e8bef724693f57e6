import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventTypes } from '@cepro/contracts';
import { anAccount, as, startReady, startWorld, url, type Answer, type Call, type Service, type World } from './harness.ts';

let world: World;
/** Two replicas: nothing may depend on what one process knows. */
let services: Service[];
beforeAll(async () => {
  world = await startWorld();
  services = [await startReady(world.env), await startReady(world.env)];
});
afterAll(async () => {
  for (const service of services ?? []) await service.stop();
  await world?.stop();
});

const anEndpoint = { url, events: ['invoice.paid'] };
const callsAs = (account: string) => Promise.all(services.map((service) => as(service, account)));
const histogram = (answers: readonly Answer[]) => Object.fromEntries(Object.entries(Object.groupBy(answers, ({ status, body }) => `${status} ${body?.code ?? ''}`.trim()))
  .map(([status, those]) => [status, those?.length]));

async function fill(call: Call, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) expect((await call('POST', '/v1/webhooks', anEndpoint)).status).toBe(201);
}

describe('changes at the same moment', () => {
  it('all land, or say that they did not; none is lost', async () => {
    const account = anAccount();
    const [a, b] = await callsAs(account) as [Call, Call];
    const { id } = (await a('POST', '/v1/webhooks', anEndpoint)).body;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b)('PATCH', `/v1/webhooks/${id}`, { description: `change ${i}` })));
    for (const { status, body } of answers) expect([200, 'endpoint-conflict']).toContain(status === 200 ? status : body.code);
    const landed = answers.filter(({ status }) => status === 200).length;
    expect(landed).toBeGreaterThan(0);
    const { state } = await world.jsm.streams.info('WEBHOOK_CONFIG', { subjects_filter: `webhooks.config.${account}.${id}` });
    expect(state.subjects).toEqual({ [`webhooks.config.${account}.${id}`]: 1 + landed });
    const descriptions = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.description));
    expect(descriptions.size).toBe(landed);
    const [one, other] = [await a('GET', `/v1/webhooks/${id}`), await b('GET', `/v1/webhooks/${id}`)];
    expect(one.body).toEqual(other.body);
    expect(descriptions).toContain(one.body.description);
  });

  it('of different fields keep each other\'s', async () => {
    const [a, b] = await callsAs(anAccount()) as [Call, Call];
    const { id } = (await a('POST', '/v1/webhooks', anEndpoint)).body;
    const path = `/v1/webhooks/${id}`;
    const answers = await Promise.all([
      a('PATCH', path, { description: 'kept' }), b('PATCH', path, { url: 'https://127.0.0.1/kept' }), a('PATCH', path, { active: false }), b('PATCH', path, { events: [...eventTypes] }),
    ]);
    expect(histogram(answers)).toEqual({ 200: 4 });
    expect((await a('GET', path)).body).toMatchObject({ description: 'kept', url: 'https://127.0.0.1/kept', active: false, events: eventTypes });
  });

  it('that ask for the same are made once', async () => {
    const account = anAccount();
    const [a, b] = await callsAs(account) as [Call, Call];
    const { id } = (await a('POST', '/v1/webhooks', anEndpoint)).body;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b)('PATCH', `/v1/webhooks/${id}`, { active: false })));
    expect(histogram(answers)).toEqual({ 200: 20 });
    const { state } = await world.jsm.streams.info('WEBHOOK_CONFIG', { subjects_filter: `webhooks.config.${account}.${id}` });
    expect(state.subjects).toEqual({ [`webhooks.config.${account}.${id}`]: 2 });
  });

  it('and a deletion leave it deleted', async () => {
    const [a, b] = await callsAs(anAccount()) as [Call, Call];
    const { id } = (await a('POST', '/v1/webhooks', anEndpoint)).body;
    const path = `/v1/webhooks/${id}`;
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, (_, i) => a('PATCH', path, { description: `${i}` })), b('DELETE', path), a('DELETE', path), ...Array.from({ length: 5 }, (_, i) => b('PATCH', path, { description: `b${i}` })),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const { status } of answers) expect([200, 204, 404, 409]).toContain(status);
    for (const call of [a, b]) expect((await call('GET', path)).status).toBe(404);
  });
});

describe('the limit of endpoints', () => {
  it('holds when many are created at once', async () => {
    const account = anAccount();
    const [a, b] = await callsAs(account) as [Call, Call];
    await fill(a, 45);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b)('POST', '/v1/webhooks', anEndpoint)));
    const counts = histogram(answers);
    expect(Object.keys(counts).every((key) => ['201', '409 endpoint-limit-reached', '409 endpoint-conflict'].includes(key))).toBe(true);
    expect(counts['201']).toBe(5);
    expect((await a('GET', '/v1/webhooks?limit=100')).body.data).toHaveLength(50);

    expect(await b('POST', '/v1/webhooks', anEndpoint)).toMatchObject({ status: 409, body: { code: 'endpoint-limit-reached', detail: expect.stringContaining('50') } });
    const { data: [first] } = (await a('GET', '/v1/webhooks?limit=1')).body;
    expect((await a('DELETE', `/v1/webhooks/${first!.id}`)).status).toBe(204);
    expect((await b('POST', '/v1/webhooks', anEndpoint)).status).toBe(201);
    expect((await a('POST', '/v1/webhooks', anEndpoint)).body.code).toBe('endpoint-limit-reached');
  });

  it('is an account\'s own', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await as(services[i % 2]!, anAccount()))('POST', '/v1/webhooks', anEndpoint)));
    expect(histogram(answers)).toEqual({ 201: 20 });
  });

  it('lets many be created at once below it', async () => {
    const [a, b] = await callsAs(anAccount()) as [Call, Call];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b)('POST', '/v1/webhooks', anEndpoint)));
    expect(histogram(answers)).toEqual({ 201: expect.any(Number), ...(answers.some(({ status }) => status !== 201) && { '409 endpoint-conflict': expect.any(Number) }) });
    const landed = answers.filter(({ status }) => status === 201).length;
    expect((await a('GET', '/v1/webhooks?limit=100')).body.data).toHaveLength(landed);
  });
});
