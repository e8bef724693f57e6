import { createHmac, timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { maxEventBytes } from '@cepro/contracts';
import type { ReceivedRequest } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { anEndpointOf, publishEvent, routed, scheduledTo, System, type OwnEndpoint } from '../src/index.ts';

let system: System;
beforeAll(async () => { system = await System.start(); });
afterAll(() => system?.stop());

/** The sample of CE Pro's article for receivers, word for word. */
function verifyWebhookSignature(rawBody: Buffer, signatureHeader: string, secret: string): boolean {
  const expectedSignature = createHmac('sha256', secret)
    .update(rawBody)
    .digest('hex');
  const expectedBuffer = Buffer.from(expectedSignature);
  const receivedBuffer = Buffer.from(signatureHeader);
  return (
    expectedBuffer.length === receivedBuffer.length &&
    timingSafeEqual(expectedBuffer, receivedBuffer)
  );
}

const header = ({ headers }: ReceivedRequest, name: string) => String(headers[name]);

/** The one request that an event makes at the path named after its account. */
async function received(accountId: string, nth = 1): Promise<ReceivedRequest> {
  const requests = await system.receiver.at(`/${accountId}`).waitFor(nth, 30_000);
  return requests[nth - 1]!;
}

describe('the request', () => {
  let endpoint: OwnEndpoint['endpoint'];
  let request: ReceivedRequest;
  const data = '{"id":"prop_xyz789","client_name":"Jane Smith","client_email":"jane@example.com","total":2500.00,"status":"accepted","accepted_at":"2026-03-08T14:29:45Z"}';
  beforeAll(async () => {
    ({ endpoint } = await anEndpointOf(system, 'acct_request', { events: ['proposal_accepted'] }));
    await publishEvent(system, { accountId: 'acct_request', type: 'proposal_accepted', timestamp: '2026-03-08T14:30:00Z', data });
    request = await received('acct_request');
  });

  it('is a POST to exactly the URL', () => {
    expect([request.method, request.path]).toEqual(['POST', '/acct_request']);
  });

  it('has the body event, timestamp and data, in this order, byte for byte', () => {
    expect(request.rawBody.toString('utf8')).toBe(`{"event":"proposal_accepted","timestamp":"2026-03-08T14:30:00Z","data":${data}}`);
  });

  it('has the promised headers and no others', () => {
    const headers = Object.fromEntries(Array.from({ length: request.rawHeaders.length / 2 }, (_, n) => [request.rawHeaders[2 * n]!, request.rawHeaders[2 * n + 1]!]));
    expect(request.rawHeaders).toHaveLength(2 * Object.keys(headers).length);
    expect(headers).toEqual({
      'Content-Type': 'application/json',
      'X-Webhook-ID': expect.stringMatching(/^dlv_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      'X-Webhook-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
      'X-Webhook-Event': 'proposal_accepted',
      'X-Webhook-Timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      'X-Webhook-Attempt': '1',
      'webhook-id': headers['X-Webhook-ID'],
      'webhook-timestamp': String(Math.floor(Date.parse(headers['X-Webhook-Timestamp']!) / 1_000)),
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      'User-Agent': expect.stringMatching(/^CEPro-Webhooks\//),
      // HTTP itself needs these.
      host: new URL(endpoint.url).host,
      connection: 'keep-alive',
      'content-length': String(request.rawBody.length),
    });
  });

  it('is verified by the sample in CE Pro\'s article', () => {
    expect(verifyWebhookSignature(request.rawBody, header(request, 'x-webhook-signature'), endpoint.secret)).toBe(true);
    expect(verifyWebhookSignature(Buffer.concat([request.rawBody, Buffer.from(' ')]), header(request, 'x-webhook-signature'), endpoint.secret)).toBe(false);
  });

  it('is verified by the library of Standard Webhooks', () => {
    const headers = Object.fromEntries(['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, header(request, name)]));
    expect(new Webhook(endpoint.secret).verify(request.rawBody, headers)).toEqual(JSON.parse(request.rawBody.toString()));
    expect(() => new Webhook(endpoint.secret).verify(`${request.rawBody.toString()} `, headers)).toThrow(WebhookVerificationError);
    expect(() => new Webhook(endpoint.secret).verify(request.rawBody, { ...headers, 'webhook-id': 'dlv_other' })).toThrow(WebhookVerificationError);
  });

  it('is signed with the endpoint\'s own secret', async () => {
    const { endpoint: other } = await anEndpointOf(system, 'acct_other_secret');
    await publishEvent(system, { accountId: 'acct_other_secret' });
    const second = await received('acct_other_secret');
    expect(verifyWebhookSignature(second.rawBody, header(second, 'x-webhook-signature'), other.secret)).toBe(true);
    expect(verifyWebhookSignature(second.rawBody, header(second, 'x-webhook-signature'), endpoint.secret)).toBe(false);
  });
});

describe('the data', () => {
  it.each([
    ['an integer that a double can not hold', '{"id":12345678901234567890}'],
    ['an amount that ends in a zero', '{"total":0.10}'],
    ['a whole amount with decimals', '{"total":2500.00}'],
    ['more digits than a double has', '{"rate":0.123456789012345678901234567890}'],
    ['an exponent', '{"a":1e400,"b":1E5,"c":-2.50e-10}'],
    ['minus zero', '{"a":-0,"b":-0.0}'],
    ['numbers in lists, in objects, and in strings that only look like them', '{"a":[1.0,[2.00]],"b":{"c":9007199254740993},"d":"0.10, 12345678901234567890"}'],
    ['text beyond ASCII', '{"client_name":"Zoë Müller-Østergård","note":"窓掃除 🪟🧽 – \u00a0€","rtl":"שלום"}'],
    ['escapes and separators', '{"text":"line\\nquote \\" slash / tab \\t","separators":"\u2028\u2029"}'],
    ['empty values', '{"a":null,"b":"","c":[],"d":{},"e":false}'],
    ['nothing', '{}'],
    ['a name that objects inherit', '{"constructor":1,"__proto__":{"total":0.10}}'],
  ])('arrives as it was published: %s', async (what, data) => {
    const accountId = `acct_data_${Buffer.from(what).toString('base64url').slice(0, 50)}`;
    const { endpoint: { secret } } = await anEndpointOf(system, accountId);
    await publishEvent(system, { accountId, timestamp: '2026-03-08T14:30:00.5+02:00', data });
    const request = await received(accountId);
    expect(request.rawBody.toString('utf8')).toBe(`{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00.5+02:00","data":${data}}`);
    expect(verifyWebhookSignature(request.rawBody, header(request, 'x-webhook-signature'), secret)).toBe(true);
  });

  it('may make an event of 256 KiB, which arrives whole and is whole in the log', async () => {
    const accountId = 'acct_large';
    const { account, endpoint: { id } } = await anEndpointOf(system, accountId);
    const timestamp = '2026-03-08T14:30:00Z';
    const frame = `{"timestamp":"${timestamp}","data":{"text":""}}`;
    const data = `{"text":"${'ä'.repeat(Math.floor((maxEventBytes - frame.length) / 2))}${'x'.repeat((maxEventBytes - frame.length) % 2)}"}`;
    expect(Buffer.byteLength(`{"timestamp":"${timestamp}","data":${data}}`)).toBe(256 * 1024);
    await publishEvent(system, { accountId, timestamp, data });
    const request = await received(accountId);
    const body = `{"event":"invoice.paid","timestamp":"${timestamp}","data":${data}}`;
    expect(request.rawBody.equals(Buffer.from(body))).toBe(true);
    const [entry] = await account.logged(id, 1);
    expect((await account.delivery(entry!.deliveryId)).request.body).toBe(body);
  });

  it('of one byte more makes no delivery', async () => {
    const accountId = 'acct_too_large';
    const { endpoint: { id } } = await anEndpointOf(system, accountId);
    const timestamp = '2026-03-08T14:30:00Z';
    const data = `{"text":"${'x'.repeat(maxEventBytes + 1 - `{"timestamp":"${timestamp}","data":{"text":""}}`.length)}"}`;
    await publishEvent(system, { accountId, timestamp, data });
    await routed(system);
    expect(await scheduledTo(system, id)).toBe(0);
  });
});

describe('an event published with @cepro/webhooks-publisher', () => {
  it('arrives, and with one id twice it arrives once', async () => {
    const accountId = 'acct_publisher';
    const { endpoint: { id } } = await anEndpointOf(system, accountId);
    const publisher = new WebhooksPublisher(system.connection, { domain: 'invoices' });
    const event = {
      type: 'invoice.paid', accountId, id: 'inv_77d0f3.paid', timestamp: '2026-03-20T17:45:30Z',
      data: { id: 'inv_77d0f3', invoice_number: 'INV-2031', client_name: 'Jane Smith', total: 480.5, status: 'paid', paid_at: '2026-03-20T17:45:30Z' },
    } as const;
    const first = await publisher.publish(event);
    expect(await publisher.publish(event)).toEqual({ sequence: first.sequence, duplicate: true });
    await publisher.publish({ ...event, id: 'inv_77d0f4.paid' });
    await routed(system);
    expect(await scheduledTo(system, id)).toBe(2);
    await received(accountId, 2);
    const bodies = system.receiver.at(`/${accountId}`).requests.map(({ rawBody }) => rawBody.toString());
    expect(bodies).toEqual(Array(2).fill(JSON.stringify({ event: event.type, timestamp: event.timestamp, data: event.data })));
  });
});

it('the first retry is due about 10 seconds after the failure, as configured by default', async () => {
  const accountId = 'acct_default_delay';
  const { account, endpoint: { id } } = await anEndpointOf(system, accountId);
  system.receiver.at(`/${accountId}`).answer({ status: 500 });
  await publishEvent(system, { accountId });
  const [entry] = await account.logged(id, 1);
  const failedAt = Date.parse(entry!.timestamp) + entry!.responseTimeMs;
  const dueAt = Date.parse(entry!.nextAttemptAt!);
  expect(entry!.outcome).toBe('Retrying');
  // A tenth less or more, so that deliveries that failed together do not come back together.
  expect(dueAt - failedAt).toBeGreaterThanOrEqual(9_000 - 2);
  // The failure was before this moment, whenever that is: the schedule is bounded here, not the machine.
  expect(dueAt).toBeLessThanOrEqual(Date.now() + 11_000);
});
