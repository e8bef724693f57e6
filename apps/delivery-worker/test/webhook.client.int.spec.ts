import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { maxResponseBytes } from '@cepro/contracts';
import {
  createTestAuthority, eventually, startDns, startReceiver, startSilentTcp, type Answer, type Receiver, type TestAuthority,
} from '@cepro/testkit';
import { readConfig } from '../src/config.ts';
import { targetOf, WebhookClient, type Exchange } from '../src/send/webhook.client.ts';


const env = {
  NATS_URL: 'nats://127.0.0.1',
  SECRETS_KEY_RING: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  EGRESS_ALLOWED_CIDRS: '127.0.0.0/8',
};
const headers = { 'Content-Type': 'application/json', 'X-Webhook-ID': 'dlv_1', 'webhook-id': 'dlv_1' };
const body = Buffer.from('{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"client_name":"Zoë"}}');

/** Certificates as the process trusted them before. */
const trusted = getCACertificates('default');
let authority: TestAuthority;
let receiver: Receiver;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  authority = await createTestAuthority({ names: ['hooks.example.com'] });
  setDefaultCACertificates([...trusted, authority.ca]);
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await authority.dispose();
});

function aClient(changed: Record<string, string> = {}): WebhookClient {
  const client = new WebhookClient(readConfig({ ...env, ...changed }));
  closing.push(() => client.onApplicationShutdown());
  return client;
}

async function aReceiver(answer: Answer = {}, certificate: { key: string; cert: string } = authority): Promise<Receiver> {
  const started = await startReceiver({ authority: certificate, behaviour: answer });
  closing.push(() => started.stop());
  receiver = started;
  return started;
}

/** A client that posts once to a receiver that answers so. */
async function exchange(answer: Answer, changed: Record<string, string> = {}): Promise<Exchange> {
  const { url } = await aReceiver(answer);
  return await aClient(changed).post(to(`${url}/hook`), headers, body);
}

const to = (url: string) => targetOf(new URL(url));
const shortly = { DELIVERY_TIMEOUT_MS: '700' };
const text = ({ body: { bytes } }: Exchange) => bytes.toString();

describe('a request', () => {
  it('arrives byte for byte, with its headers as they were written', async () => {
    expect(await exchange({ body: 'thank you' })).toMatchObject({ statusCode: 200, error: null, body: { bytes: Buffer.from('thank you'), truncated: false } });
    const [request] = receiver.requests;
    expect([request!.method, request!.path]).toEqual(['POST', '/hook']);
    expect(request!.rawBody.equals(body)).toBe(true);
    const names = request!.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toEqual(expect.arrayContaining(Object.keys(headers)));
    expect(names.filter((name) => !(name in headers)).map((name) => name.toLowerCase()).sort()).toEqual(['connection', 'content-length', 'host']);
  });

  it('goes over a connection that is there already', async () => {
    const { url } = await aReceiver({ body: 'ok' });
    const client = aClient();
    for (let n = 0; n < 5; n++) expect((await client.post(to(url), headers, body)).statusCode).toBe(200);
    // The client may open a second one when it has not noticed yet that the first is free again.
    expect(receiver.connections).toBeLessThanOrEqual(2);
  });

  it('goes to the address that the name servers give, and verifies the name', async () => {
    const { port } = await aReceiver();
    const dns = await startDns({ answer: (_, type) => (type === 'A' ? ['127.0.0.1'] : []) });
    closing.push(() => dns.stop());
    const client = aClient({ EGRESS_DNS_SERVERS: dns.address });
    expect(await client.post(to(`https://hooks.example.com:${port}/`), headers, body)).toMatchObject({ statusCode: 200, error: null });
    expect(await client.post(to(`https://other.example.com:${port}/`), headers, body)).toMatchObject({ statusCode: null, error: 'tls-failed' });
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('an answer', () => {
  it.each([200, 201, 204, 301, 302, 304, 307, 308, 400, 404, 410, 429, 500, 503])('of status %i is told as it is, and followed nowhere', async (status) => {
    expect(await exchange({ status, headers: { location: '/elsewhere' } })).toMatchObject({ statusCode: status, error: null });
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook']);
  });

  it.each(['102 Processing', '103 Early Hints'])('may be announced by %s', async (line) => {
    const raw = `HTTP/1.1 ${line}\r\nlink: </style.css>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok`;
    const made = await exchange({ raw });
    expect(made).toMatchObject({ statusCode: 202, error: null });
    expect(text(made)).toBe('ok');
  });

  it('that is announced without end is none', async () => {
    const raw = `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`;
    expect(await exchange({ raw })).toMatchObject({ statusCode: null, error: 'protocol-error' });
  });

  it('of 100 Continue, for which nobody asked, ends the exchange: the client takes it for a fault', async () => {
    const made = await exchange({ raw: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n' });
    expect([made.statusCode, made.error]).toEqual([null, 'connection-failed']);
  });

  it.each([['120', 120_000], ['86400', 300_000], ['999999999', 300_000]])('that asks to be left alone is heard, for five minutes at most: %s s', async (seconds, expected) => {
    expect(await exchange({ status: 429, headers: { 'retry-after': seconds } })).toMatchObject({ statusCode: 429, retryAfterMs: expected });
  });

  it('without a length ends with its connection', async () => {
    const made = await exchange({ raw: 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end' });
    expect([made.statusCode, made.error, text(made)]).toEqual([200, null, 'until the end']);
  });

  it('of exactly 16 KiB is kept whole, and one byte more is cut', async () => {
    const whole = await exchange({ body: Buffer.alloc(maxResponseBytes, 0x61) });
    expect([whole.error, whole.body.bytes.length, whole.body.truncated]).toEqual([null, maxResponseBytes, false]);
    const cut = await exchange({ body: Buffer.alloc(maxResponseBytes + 1, 0x61) });
    expect([cut.error, cut.body.bytes.length, cut.body.truncated]).toEqual([null, maxResponseBytes, true]);
  });

  it('that is much longer is a success, and the connection is closed on the rest', async () => {
    const made = await exchange({ body: Buffer.alloc(64 * 1024 * 1024, 0x61) });
    expect([made.statusCode, made.error, made.body.bytes.length, made.body.truncated]).toEqual([200, null, maxResponseBytes, true]);
    await eventually(() => receiver.requests[0]!.gaveUpAt !== undefined);
  });

  it('that never ends after 16 KiB is a success', async () => {
    const made = await exchange({ body: Buffer.alloc(maxResponseBytes + 1, 0x61), hang: 'body' });
    expect([made.statusCode, made.error, made.body.truncated]).toEqual([200, null, true]);
    await eventually(() => receiver.requests[0]!.gaveUpAt !== undefined);
  });

  it('in gzip is kept unpacked', async () => {
    const made = await exchange({ headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"received":true}') });
    expect([made.error, text(made)]).toEqual([null, '{"received":true}']);
  });

  it('that unpacks to a hundred megabytes is cut at 16 KiB', async () => {
    const made = await exchange({ headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(100 * 1024 * 1024)) });
    expect([made.statusCode, made.error, made.body.bytes.length, made.body.truncated]).toEqual([200, null, maxResponseBytes, true]);
  });

  it('that is not what its encoding says, and never ends, is an answer, and the rest of it is not read', async () => {
    const made = await exchange({ headers: { 'content-encoding': 'gzip' }, body: 'no gzip at all', hang: 'body' });
    expect([made.statusCode, made.error, made.body.truncated]).toEqual([200, null, false]);
    await eventually(() => receiver.requests[0]!.gaveUpAt !== undefined);
  });
});

describe('a receiver that takes too long', () => {
  it('to speak TLS: nothing came', async () => {
    const silent = await startSilentTcp();
    closing.push(() => silent.stop());
    expect(await aClient(shortly).post(to(silent.url), headers, body)).toMatchObject({ statusCode: null, error: 'timeout', body: { bytes: Buffer.alloc(0) } });
    expect(silent.accepted).toBe(1);
  });

  it('to speak TLS holds up no other request to its origin, and none that was given up is tried afterwards', async () => {
    const silent = await startSilentTcp();
    closing.push(() => silent.stop());
    const client = aClient(shortly);
    const post = () => client.post(to(silent.url), headers, body);
    for (const { error } of await Promise.all(Array.from({ length: 8 }, post))) expect(error).toBe('timeout');
    expect(silent.accepted).toBe(8);
    expect(await post()).toMatchObject({ error: 'timeout' });
    expect(silent.accepted).toBe(9);
  });

  it('to send headers: nothing came', async () => {
    const made = await exchange({ hang: 'headers' }, shortly);
    expect(made).toMatchObject({ statusCode: null, error: 'timeout' });
    expect(made.responseTimeMs).toBeGreaterThanOrEqual(690);
    await eventually(() => receiver.requests[0]!.gaveUpAt !== undefined);
  });

  it('to end its body: what came is kept, and it is no success', async () => {
    const made = await exchange({ body: 'half of', hang: 'body' }, shortly);
    expect([made.statusCode, made.error, text(made)]).toEqual([200, 'timeout', 'half of']);
    await eventually(() => receiver.requests[0]!.gaveUpAt !== undefined);
  });

  it('byte by byte, though it never pauses for long', async () => {
    const made = await exchange({ body: 'x'.repeat(200), dripMs: 20 }, shortly);
    expect([made.statusCode, made.error]).toEqual([200, 'timeout']);
    expect(text(made)).toMatch(/^x+$/);
    expect(text(made).length).toBeLessThan(200);
  });

  it('inside of a compressed body', async () => {
    const packed = gzipSync('x'.repeat(100_000), { level: 0 });
    const made = await exchange({ headers: { 'content-encoding': 'gzip' }, body: packed.subarray(0, 10_000), hang: 'body' }, shortly);
    expect([made.statusCode, made.error]).toEqual([200, 'timeout']);
  });

  it('leaves the next request alone', async () => {
    const { url } = await aReceiver();
    receiver.answer([{ hang: 'headers' }, {}]);
    const client = aClient(shortly);
    expect((await client.post(to(url), headers, body)).error).toBe('timeout');
    expect(await client.post(to(url), headers, body)).toMatchObject({ statusCode: 200, error: null });
  });

  it('to be found: a name server that does not answer', async () => {
    const dns = await startDns({ answer: () => 'DROP' });
    closing.push(() => dns.stop());
    const made = await aClient({ EGRESS_DNS_SERVERS: dns.address, ...shortly }).post(to('https://hooks.example.com/'), headers, body);
    expect(made).toMatchObject({ statusCode: null, error: 'dns-failed' });
  });
});

describe('a receiver that fails', () => {
  it('to be there', async () => {
    const { url } = await aReceiver();
    await closing.pop()!();
    expect(await aClient().post(to(url), headers, body)).toMatchObject({ statusCode: null, error: 'connection-refused' });
  });

  it('to have an address', async () => {
    const dns = await startDns({ answer: () => 'NXDOMAIN' });
    closing.push(() => dns.stop());
    expect(await aClient({ EGRESS_DNS_SERVERS: dns.address }).post(to('https://hooks.example.com/'), headers, body)).toMatchObject({ statusCode: null, error: 'dns-failed' });
  });

  it('by a reset before the headers', async () => {
    expect(await exchange({ reset: 'headers' })).toMatchObject({ statusCode: null, error: 'connection-failed' });
  });

  it('by a reset in the middle of the body: what came is kept', async () => {
    const made = await exchange({ body: 'first-last', reset: 'body' });
    expect([made.statusCode, made.error, text(made)]).toEqual([200, 'connection-failed', 'first']);
  });

  it.each([
    ['that is no HTTP', 'hello there\r\n\r\n'],
    ['of another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['with a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['with headers without end', `HTTP/1.1 200 OK\r\n${'x-filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(1_000)}\r\n`],
    ['with a chunk that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n'],
  ])('by an answer %s', async (_, raw) => {
    expect(await exchange({ raw })).toMatchObject({ error: 'protocol-error' });
  });

  it.each([
    ['shorter than it says', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort'],
    ['that ends before its last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n'],
  ])('by a body %s: it is no success, whatever its status', async (_, raw) => {
    const made = await exchange({ raw });
    expect([made.statusCode, text(made)]).toEqual([200, 'short']);
    expect(made.error).not.toBeNull();
  });

  it('by switching to another protocol', async () => {
    const made = await exchange({ raw: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n' });
    expect(made.statusCode ?? 0).not.toBe(200);
    expect(made.error === null && made.statusCode === null).toBe(false);
  });

  it('to speak TLS at all', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    expect(await aClient().post(to(`https://127.0.0.1:${port}/`), headers, body)).toMatchObject({ statusCode: null, error: 'tls-failed' });
  });
});

describe('a certificate', () => {
  it('that nobody vouches for is refused', async () => {
    const stranger = await createTestAuthority();
    const { url } = await aReceiver({}, stranger);
    expect(await aClient().post(to(url), headers, body)).toMatchObject({ statusCode: null, error: 'tls-failed' });
    expect(receiver.requests).toHaveLength(0);
    await stranger.dispose();
  });

  it('that has expired is refused', async () => {
    const { url } = await aReceiver({}, await authority.issue({ names: ['127.0.0.1'], expired: true }));
    expect(await aClient().post(to(url), headers, body)).toMatchObject({ statusCode: null, error: 'tls-failed' });
  });

  it('for another name is refused', async () => {
    const { url } = await aReceiver({}, await authority.issue({ names: ['other.example.com'] }));
    expect(await aClient().post(to(url), headers, body)).toMatchObject({ statusCode: null, error: 'tls-failed' });
    expect(receiver.requests).toHaveLength(0);
  });
});

describe('an address that is not public', () => {
  it('is not even connected to, in the URL or behind a name', async () => {
    const { port } = await aReceiver();
    const dns = await startDns({ answer: (_, type) => (type === 'A' ? ['127.0.0.1'] : []) });
    closing.push(() => dns.stop());
    const client = aClient({ EGRESS_ALLOWED_CIDRS: '', EGRESS_DNS_SERVERS: dns.address });
    for (const host of ['127.0.0.1', 'hooks.example.com', 'localhost', '[::1]']) {
      expect(await client.post(to(`https://${host}:${port}/`), headers, body)).toMatchObject({ statusCode: null, error: 'url-not-external' });
    }
    expect(receiver.connections).toBe(0);
  });
});
