import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSubject, encodeEndpointEvents, newEndpointId, type DisabledReason } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import type { Explanation } from '../src/explain/explain.ts';
import { anAccount, as, configSequence, startReady, startWorld, url, type Body, type Call, type Service, type World } from './harness.ts';

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

const event = { type: 'invoice.paid', timestamp: '2026-03-20T17:45:30Z', data: { id: 'inv_77d0f3', name: 'Žofie 🧹' } };

/** An account with one endpoint, and how it asks. */
async function anEndpoint(fields: Record<string, unknown> = {}): Promise<{ accountId: string; call: Call; id: string; explain: (body?: unknown) => ReturnType<typeof ask> }> {
  const accountId = anAccount();
  const call = await as(service, accountId);
  const { id } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'], ...fields })).body;
  return { accountId, call, id, explain: (body = event) => ask(call, id, body) };
}

async function ask(call: Call, id: string, body: unknown): Promise<{ status: number; body: Body & Explanation }> {
  const { status, body: answer } = await call('POST', `/v1/webhooks/${id}/explain`, body);
  return { status, body: answer as Body & Explanation };
}

describe('an example event', () => {
  it('is answered with the verdict and the request, and changes nothing', async () => {
    const { explain } = await anEndpoint();
    const before = await configSequence(world);
    expect(await explain()).toEqual({
      status: 200,
      body: {
        verdict: 'scheduled', since: null, disabledReason: null, fault: null,
        request: {
          method: 'POST',
          url,
          headers: {
            'Content-Type': 'application/json',
            'User-Agent': 'CEPro-Webhooks/1',
            'X-Webhook-ID': '<id of the delivery>',
            'X-Webhook-Signature': '<HMAC-SHA256 of the body in hex>',
            'X-Webhook-Event': 'invoice.paid',
            'X-Webhook-Timestamp': '<time of the attempt>',
            'X-Webhook-Attempt': '1',
            'webhook-id': '<id of the delivery>',
            'webhook-timestamp': '<time of the attempt in Unix seconds>',
            'webhook-signature': 'v1,<signature of id, time and body in base64>',
          },
          body: '{"event":"invoice.paid","timestamp":"2026-03-20T17:45:30Z","data":{"id":"inv_77d0f3","name":"Žofie 🧹"}}',
        },
      },
    });
    expect(await configSequence(world)).toBe(before);
  });

  it('is judged by the endpoint as it was saved a moment ago', async () => {
    const { call, id, explain } = await anEndpoint();
    expect((await explain({ ...event, type: 'lead.created' })).body).toMatchObject({ verdict: 'not-subscribed', request: { headers: { 'X-Webhook-Event': 'lead.created' } } });
    await call('PATCH', `/v1/webhooks/${id}`, { events: ['lead.created'] });
    expect((await explain()).body.verdict).toBe('not-subscribed');
    const { disabledAt } = (await call('PATCH', `/v1/webhooks/${id}`, { active: false, events: ['invoice.paid'] })).body;
    expect((await explain()).body).toMatchObject({ verdict: 'inactive', since: disabledAt, disabledReason: null, request: { method: 'POST' } });
    await call('PATCH', `/v1/webhooks/${id}`, { active: true });
    expect((await explain()).body).toMatchObject({ verdict: 'scheduled', since: null });
  });

  it.each<DisabledReason>(['failing', 'gone'])('is not for an endpoint that the system found %s', async (reason) => {
    const { accountId, id, explain } = await anEndpoint();
    const at = new Date().toISOString();
    await world.jsm.jetstream().publish(configSubject(accountId, id), encodeEndpointEvents([{ type: 'disabled', at, reason }]));
    expect((await explain()).body).toMatchObject({ verdict: 'disabled-by-system', since: at, disabledReason: reason, fault: null });
  });

  it('keeps its numbers as they are written, and may leave out its time', async () => {
    const { explain } = await anEndpoint();
    const { body } = await explain('{"data": {"total": 12345678901234567890.10, "rate": 1.50}, "type": "invoice.paid"}');
    expect(body.request!.body).toMatch(/^\{"event":"invoice\.paid","timestamp":"[^"]+Z","data":\{"total":12345678901234567890\.10,"rate":1\.50\}\}$/);
  });

  it('as large as an event may be is judged, a larger one is unusable, and one beyond all measure refused', async () => {
    const { explain } = await anEndpoint();
    const around = JSON.stringify({ timestamp: event.timestamp, data: { a: '' } }).length;
    const sized = (bytes: number) => explain({ ...event, data: { a: 'x'.repeat(bytes - around) } });
    expect((await sized(256 * 1024)).body.verdict).toBe('scheduled');
    expect(await sized(256 * 1024 + 1)).toEqual({ status: 200, body: { verdict: 'unusable', since: null, disabledReason: null, fault: 'too-large', request: null } });
    expect(await sized(512 * 1024)).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
  });

  it('may hold names that mean something to a program', async () => {
    const { explain } = await anEndpoint();
    const data = { toString: 1, hasOwnProperty: null, then: {}, length: 3, nested: { type: 'x', list: [{}, [], null] } };
    expect((await explain({ ...event, data })).body.request!.body).toBe(JSON.stringify({ event: event.type, timestamp: event.timestamp, data }));
  });
});

describe('what is no event', () => {
  it.each<[string, unknown, string[]]>([
    ['an unknown type', { ...event, type: 'invoice.payed' }, ['type']],
    ['a type of another kind', { ...event, type: ['invoice.paid'] }, ['type']],
    ['no type', { data: {} }, ['type']],
    ['a time that is none', { ...event, timestamp: 'yesterday' }, ['timestamp']],
    ['a time without an offset', { ...event, timestamp: '2026-03-20T17:45:30' }, ['timestamp']],
    ['a time that is null', { ...event, timestamp: null }, ['timestamp']],
    ['no data', { type: 'invoice.paid' }, ['data']],
    ['data null', { ...event, data: null }, ['data']],
    ['data a list', { ...event, data: [] }, ['data']],
    ['data text', { ...event, data: '{}' }, ['data']],
    ['more than belongs to it', { ...event, event: 'invoice.paid', accountId: 'acct_1' }, ['accountId', 'event']],
    ['an inherited name', { ...event, constructor: 1 }, ['constructor']],
    ['everything at once', { type: 1, timestamp: 1, data: 1, more: 1 }, ['data', 'more', 'timestamp', 'type']],
  ])('%s is refused by its name', async (_what, body, expected) => {
    const { explain } = await anEndpoint();
    const answer = await explain(body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect([...new Set(answer.body.errors!.map(({ field }) => field))].sort()).toEqual(expected);
  });

  it.each([['a list', '[]'], ['null', 'null'], ['text', '"x"'], ['nothing at all', undefined]])('nor is %s a body', async (_what, body) => {
    const { call, id } = await anEndpoint();
    expect(await ask(call, id, body)).toMatchObject({ status: 422, body: { code: 'validation-failed', detail: 'The body must be a JSON object.' } });
  });

  it.each([['cut off', '{"type":'], ['empty', ''], ['made for prototypes', '{"data":{"__proto__":{}}}'], ['nested without end', `{"type":"invoice.paid","data":{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}}`]])('one %s is malformed', async (_what, body) => {
    const { explain } = await anEndpoint();
    expect(await explain(body)).toMatchObject({ status: 400, body: { code: 'malformed-json' } });
  });
});

describe('whose endpoint it is', () => {
  it('is told to nobody else, nor what it was once it is deleted', async () => {
    const { call, id } = await anEndpoint();
    const other = await as(service, anAccount());
    for (const [caller, asked] of [[other, id], [call, newEndpointId()], [call, 'nonsense'], [call, id.toUpperCase()]] as const) {
      expect(await ask(caller, asked, event)).toMatchObject({ status: 404, body: { code: 'endpoint-not-found' } });
    }
    await call('DELETE', `/v1/webhooks/${id}`);
    expect(await ask(call, id, event)).toMatchObject({ status: 404, body: { code: 'endpoint-not-found' } });
  });
});

describe('while the record is away', () => {
  it('says so without NATS, and goes on with it', async () => {
    const { explain } = await anEndpoint();
    await world.nats.pause();
    expect(await explain()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    world.nats.resume();
    await eventually(async () => expect((await explain()).status).toBe(200));
  });
});
