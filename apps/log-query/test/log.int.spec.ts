import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aDelivery, anEndpoint, attempted, created, deleted, scheduled, tested, type TestEndpoint } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

interface Page {
  data: { deliveryId: string; attempt: number; eventId: string | null; event: string; outcome: string; timestamp: string; test: boolean }[];
  nextCursor: string | null;
}

let world: World;
let log: Log;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog();
});

afterAll(() => world.stop());

const page = async (endpoint: TestEndpoint, query = '') =>
  (await log.get<Page>(`/v1/webhooks/${endpoint.id}/attempts${query}`, { accountId: endpoint.accountId })).body;

describe('the log of an endpoint', () => {
  it('shows every attempt, newest first', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint, { eventType: 'estimate.accepted' });
    const test = tested(endpoint, { startedAt: '2026-11-01T12:00:20.000Z' });
    const next = '2026-11-01T12:00:10.500Z';
    await world.publish(
      scheduled(delivery),
      attempted(delivery, { startedAt: '2026-11-01T12:00:00.123Z', outcome: 'Retrying', statusCode: null, error: 'timeout', responseTimeMs: 10_000, nextAttemptAt: next }),
      attempted(delivery, { startedAt: '2026-11-01T12:00:10.000Z', attempt: 2, statusCode: 204 }),
      test,
    );
    await world.projected();

    expect(await page(endpoint)).toEqual({
      data: [
        { deliveryId: test.deliveryId, eventId: null, event: 'estimate.created', timestamp: '2026-11-01T12:00:20.000Z', statusCode: 200, responseTimeMs: 12, outcome: 'Success', attempt: 1, error: null, test: true, nextAttemptAt: null },
        { deliveryId: delivery.id, eventId: delivery.eventId, event: 'estimate.accepted', timestamp: '2026-11-01T12:00:10.000Z', statusCode: 204, responseTimeMs: 12, outcome: 'Success', attempt: 2, error: null, test: false, nextAttemptAt: null },
        { deliveryId: delivery.id, eventId: delivery.eventId, event: 'estimate.accepted', timestamp: '2026-11-01T12:00:00.123Z', statusCode: null, responseTimeMs: 10_000, outcome: 'Retrying', attempt: 1, error: 'timeout', test: false, nextAttemptAt: next },
      ],
      nextCursor: null,
    });
  });

  it('is empty for an endpoint created just now, and knows it at once', async () => {
    for (let round = 0; round < 10; round++) {
      const endpoint = await world.createdEndpoint();
      expect(await page(endpoint)).toEqual({ data: [], nextCursor: null });
    }
  });

  it('pages through attempts of the same millisecond and of several days, each once and in order', async () => {
    const endpoint = await world.createdEndpoint();
    const day = 24 * 60 * 60 * 1_000;
    const times = ['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00.001Z', '2026-11-21T09:00:00.000Z'];
    const deliveries = Array.from({ length: 30 }, (_, index) => aDelivery(endpoint, { at: Date.now() - (index % 4) * day }));
    await world.publish(...deliveries.flatMap((delivery, index) => [
      scheduled(delivery),
      attempted(delivery, { outcome: 'Retrying', startedAt: times[index % 3]! }),
      attempted(delivery, { attempt: 2, startedAt: times[index % 3]! }),
    ]));
    await world.projected();

    const seen: Page['data'] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const found: Page = await page(endpoint, `?limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...found.data);
      cursor = found.nextCursor;
      pages += 1;
    } while (cursor);
    expect(pages).toBe(9);
    expect(new Set(seen.map(({ deliveryId, attempt }) => `${deliveryId}:${attempt}`)).size).toBe(60);
    const order = seen.map(({ timestamp, deliveryId, attempt }) => `${timestamp} ${deliveryId} ${attempt}`);
    expect(order).toEqual([...order].sort().reverse());
    // Ends exactly where a page is full.
    expect((await page(endpoint, '?limit=60')).nextCursor).toBeNull();
    expect((await page(endpoint)).data).toHaveLength(50);
  });

  it('filters by outcome, event and time, also over pages', async () => {
    const endpoint = await world.createdEndpoint();
    const paid = Array.from({ length: 6 }, () => aDelivery(endpoint, { eventType: 'invoice.paid' }));
    const lead = aDelivery(endpoint, { eventType: 'lead.created' });
    await world.publish(
      ...paid.flatMap((delivery, index) => [
        scheduled(delivery),
        attempted(delivery, { outcome: index % 2 ? 'Failed' : 'Success', startedAt: `2026-11-10T10:00:0${index}.000Z` }),
      ]),
      scheduled(lead),
      attempted(lead, { outcome: 'Retrying', startedAt: '2026-11-10T11:00:00.000Z' }),
    );
    await world.projected();
    const ids = async (query: string) => (await page(endpoint, query)).data.map(({ deliveryId }) => deliveryId);

    expect(await ids('?outcome=Failed')).toEqual([paid[5]!.id, paid[3]!.id, paid[1]!.id]);
    expect(await ids('?event=lead.created')).toEqual([lead.id]);
    expect(await ids('?outcome=Retrying&event=invoice.paid')).toEqual([]);
    // From a time on, and before a time.
    expect(await ids('?from=2026-11-10T10:00:02Z&to=2026-11-10T10:00:04Z')).toEqual([paid[3]!.id, paid[2]!.id]);
    expect(await ids(`?from=${encodeURIComponent('2026-11-10T13:00:00+02:00')}`)).toEqual([lead.id]);
    const first = await page(endpoint, '?outcome=Failed&limit=2');
    expect(await ids(`?outcome=Failed&limit=2&cursor=${first.nextCursor}`)).toEqual([paid[1]!.id]);
    // Far away times are times.
    expect(await ids('?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999-14:00')).toHaveLength(7);
  });

  it.each([
    ['outcome=success', 'outcome'],
    ['outcome=Success&outcome=Failed', 'outcome'],
    ['event=invoice.payed', 'event'],
    ['from=yesterday', 'from'],
    ['from=0000-01-01T00:00:00Z', 'from'],
    ['to=2026-13-01T00:00:00Z', 'to'],
    ['to=2026-11-01', 'to'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['cursor=garbage', 'cursor'],
    ['cursor=', 'cursor'],
    [`cursor=${Buffer.from('["2026-11-01T00:00:00.000Z","dlv_x",1]').toString('base64url')}`, 'cursor'],
    ['page=2', 'page'],
  ])('refuses ?%s, naming %s', async (query, field) => {
    const endpoint = await world.createdEndpoint();
    const answer = await log.get<{ code: string; errors: { field: string }[] }>(`/v1/webhooks/${endpoint.id}/attempts?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body.code).toBe('validation-failed');
    expect(answer.body.errors.map((fault) => fault.field)).toContain(field);
  });
});

describe('a delivery', () => {
  it('opens to its request and every attempt with the answer', async () => {
    const endpoint = await world.createdEndpoint();
    const body = '{"event":"invoice.paid","timestamp":"2026-11-01T12:00:00+01:00","data":{"total":12345678901234567890.10,"name":"Žofie 🧹"}}';
    const delivery = aDelivery(endpoint, { body });
    const due = '2026-11-01T12:00:10.500Z';
    await world.publish(scheduled(delivery), attempted(delivery, {
      startedAt: '2026-11-01T12:00:00.000Z', outcome: 'Retrying', statusCode: 500, responseBody: Buffer.from('näh\0').toString('base64'), nextAttemptAt: due,
    }));
    await world.projected();

    const { status, body: found } = await log.get(`/v1/deliveries/${delivery.id}`);
    expect(status).toBe(200);
    expect(found).toEqual({
      id: delivery.id, endpointId: endpoint.id, eventId: delivery.eventId, event: 'invoice.paid', status: 'pending', test: false,
      createdAt: expect.any(String), cancelReason: null, nextAttemptAt: due, request: { body },
      attempts: [{
        attempt: 1, timestamp: '2026-11-01T12:00:00.000Z', url: 'https://hooks.example.com/cepro',
        requestHeaders: { 'X-Webhook-ID': delivery.id, 'X-Webhook-Attempt': '1', 'X-Webhook-Signature': 'ab'.repeat(32) },
        statusCode: 500, responseTimeMs: 12, outcome: 'Retrying', error: null, responseBody: 'näh\0', responseBodyEncoding: 'utf8',
        responseTruncated: false, nextAttemptAt: due,
      }],
    });
  });

  it('shows an answer that is not text in base64, and one that was cut off inside a character as text', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    const binary = Buffer.from([0xff, 0x00, 0xfe, 0x80]).toString('base64');
    const cut = Buffer.from('€€€').subarray(0, 8);
    await world.publish(
      scheduled(delivery),
      attempted(delivery, { outcome: 'Retrying', responseBody: binary }),
      attempted(delivery, { outcome: 'Retrying', attempt: 2, responseBody: cut.toString('base64'), responseTruncated: true }),
      attempted(delivery, { attempt: 3, responseBody: '' }),
    );
    await world.projected();
    const { body } = await log.get<{ attempts: Record<string, unknown>[] }>(`/v1/deliveries/${delivery.id}`);
    expect(body.attempts.map(({ responseBody, responseBodyEncoding, responseTruncated }) => [responseBody, responseBodyEncoding, responseTruncated])).toEqual([
      [binary, 'base64', false], ['€€', 'utf8', true], ['', 'utf8', false],
    ]);
  });

  it('of a Send Test has no event, and is no secret to the log', async () => {
    const endpoint = await world.createdEndpoint();
    const test = tested(endpoint, { outcome: 'Failed', statusCode: 404 });
    await world.publish(test);
    await world.projected();
    const { body } = await log.get(`/v1/deliveries/${test.deliveryId}`);
    expect(body).toMatchObject({ eventId: null, test: true, status: 'failed', event: 'estimate.created', request: { body: '{"event":"estimate.created","data":{"test":true}}' } });
  });
});

describe('whose log it is', () => {
  it('is not found by another account, nor under an unknown, malformed or deleted id', async () => {
    const endpoint = await world.createdEndpoint({ accountId: 'acct_1' });
    const gone = await world.createdEndpoint({ accountId: 'acct_1' });
    const [delivery, lost] = [aDelivery(endpoint), aDelivery(gone)];
    await world.publish(scheduled(delivery), attempted(delivery), scheduled(lost), attempted(lost));
    await world.projected();
    await world.configure(gone, deleted());
    await world.projected();

    for (const [path, accountId, code] of [
      [`/v1/webhooks/${endpoint.id}/attempts`, 'acct_2', 'endpoint-not-found'],
      [`/v1/webhooks/${anEndpoint().id}/attempts`, 'acct_1', 'endpoint-not-found'],
      [`/v1/webhooks/${gone.id}/attempts`, 'acct_1', 'endpoint-not-found'],
      ['/v1/webhooks/nonsense/attempts', 'acct_1', 'endpoint-not-found'],
      [`/v1/webhooks/${endpoint.id.toUpperCase()}/attempts`, 'acct_1', 'endpoint-not-found'],
      [`/v1/deliveries/${delivery.id}`, 'acct_2', 'delivery-not-found'],
      [`/v1/deliveries/${lost.id}`, 'acct_1', 'delivery-not-found'],
      [`/v1/deliveries/${aDelivery(endpoint).id}`, 'acct_1', 'delivery-not-found'],
      ['/v1/deliveries/dlv_ffffffff-ffff-7fff-bfff-ffffffffffff', 'acct_1', 'delivery-not-found'],
      ['/v1/deliveries/%00', 'acct_1', 'delivery-not-found'],
      ['/v1/deliveries/nonsense', 'acct_1', 'delivery-not-found'],
    ] as const) {
      const answer = await log.get<{ code: string }>(path, { accountId });
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, code]);
    }
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).status).toBe(200);
  });

  it('never shows a fact that names another account than the endpoint\'s', async () => {
    const endpoint = await world.createdEndpoint({ accountId: 'acct_1' });
    const foreign = { ...endpoint, accountId: 'acct_2' };
    const delivery = aDelivery(foreign);
    await world.publish(scheduled(delivery), attempted(delivery));
    await world.projected();
    expect((await page(endpoint)).data).toEqual([]);
    for (const accountId of ['acct_1', 'acct_2']) expect((await log.get(`/v1/deliveries/${delivery.id}`, { accountId })).status).toBe(404);
    await world.configure(endpoint, created());
  });
});
