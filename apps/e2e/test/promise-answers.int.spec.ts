import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freePort, startReceiver, startService, startSilentTcp, type Answer } from '@cepro/testkit';
import { publishEvent, System, type AttemptResource } from '../src/index.ts';

/** Long enough for a busy machine to answer in, and short enough to wait for. */
const timeoutMs = 2_000;

let system: System;
let made = 0;

// A retry would be due in an hour, so that every test sees one attempt.
beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': { DELIVERY_TIMEOUT_MS: String(timeoutMs), DELIVERY_RETRY_DELAYS_MS: '3600000' } },
  });
});
afterAll(() => system?.stop());

/** The one attempt of an event, delivered to `url`, with everything that the log knows of it. */
async function attemptAt(url: string): Promise<AttemptResource> {
  const accountId = `acct_answers_${++made}`;
  const own = await system.account(accountId);
  const { id } = await own.anEndpoint({ url });
  await publishEvent(system, { accountId });
  const [entry] = await own.logged(id, 1);
  const { attempts } = await own.delivery(entry!.deliveryId);
  expect(attempts).toHaveLength(1);
  expect(attempts[0]).toMatchObject({ statusCode: entry!.statusCode, outcome: entry!.outcome, attempt: 1, responseTimeMs: entry!.responseTimeMs });
  return attempts[0]!;
}

async function answeredWith(answer: Answer) {
  const path = system.receiver.at(`/answer/${made}`);
  path.answer(answer);
  const attempt = await attemptAt(path.url);
  expect(path.requests).toHaveLength(1);
  return attempt;
}

describe('success', () => {
  it.each([200, 201, 202, 204, 299])('is the answer %d', async (status) => {
    expect(await answeredWith({ status })).toMatchObject({ outcome: 'Success', statusCode: status, error: null, nextAttemptAt: null });
  });

  it('is a 2xx whose body is longer than what is kept of it', async () => {
    const attempt = await answeredWith({ body: `${'a'.repeat(16 * 1024)}and more` });
    expect(attempt).toMatchObject({ outcome: 'Success', statusCode: 200, responseBodyEncoding: 'utf8', responseTruncated: true });
    expect(attempt.responseBody).toBe('a'.repeat(16 * 1024));
  });

  it('is a 2xx after an interim answer', async () => {
    const raw = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    expect(await answeredWith({ raw })).toMatchObject({ outcome: 'Success', statusCode: 200, responseBody: 'ok' });
  });
});

describe('failure', () => {
  it.each([300, 304, 400, 401, 403, 404, 409, 410, 418, 429, 500, 502, 503, 504, 599])('is the answer %d', async (status) => {
    expect(await answeredWith({ status })).toMatchObject({ outcome: 'Retrying', statusCode: status, error: null });
  });

  it.each([301, 302, 303, 307, 308])('is the redirect %d, which is not followed', async (status) => {
    const target = system.receiver.at(`/redirected/${status}`);
    expect(await answeredWith({ status, headers: { location: target.url } })).toMatchObject({ outcome: 'Retrying', statusCode: status, error: null });
    expect(target.requests).toEqual([]);
  });

  it('is 101: no webhook switches protocols', async () => {
    const attempt = await answeredWith({ raw: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n' });
    expect(attempt).toMatchObject({ outcome: 'Retrying', error: expect.any(String) });
  });

  it.each([
    ['is no HTTP', { raw: 'SSH-2.0-OpenSSH_9.2\r\n' }, 'protocol-error'],
    ['is nothing, and then the connection ends', { raw: '' }, 'connection-failed'],
    ['is a connection reset', { reset: 'headers' }, 'connection-failed'],
    ['is a connection reset in the middle of the body', { body: 'half of this', reset: 'body' }, 'connection-failed'],
    ['is a body that ends too early', { raw: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort' }, undefined],
  ] as const)('is an answer that %s', async (_what, answer, error) => {
    const attempt = await answeredWith(answer);
    expect(attempt).toMatchObject({ outcome: 'Retrying', error: error ?? expect.any(String) });
  });

  it('is a certificate that has expired', async () => {
    const receiver = await startReceiver({ authority: await system.authority.issue({ names: ['127.0.0.1'], expired: true }) });
    expect(await attemptAt(receiver.url)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'tls-failed' });
    expect(receiver.requests).toEqual([]);
    await receiver.stop();
  });

  it('is a certificate for another name', async () => {
    const receiver = await startReceiver({ authority: await system.authority.issue({ names: ['hooks.example.com'] }) });
    expect(await attemptAt(receiver.url)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'tls-failed' });
    expect(receiver.requests).toEqual([]);
    await receiver.stop();
  });

  it('is a port on which nobody listens', async () => {
    expect(await attemptAt(`https://127.0.0.1:${await freePort()}/`)).toMatchObject({ outcome: 'Retrying', statusCode: null, error: 'connection-refused' });
  });
});

describe('no complete answer in time is a failure', () => {
  const timedOut = (attempt: AttemptResource) => {
    expect(attempt).toMatchObject({ outcome: 'Retrying', error: 'timeout' });
    expect(attempt.responseTimeMs).toBeGreaterThanOrEqual(timeoutMs - 5);
  };

  it('when connecting takes too long', async () => {
    const server = await startService({ app: 'e2e', entry: 'test/support/deaf-server.mjs', env: {} });
    const port = await eventually(() => Number(server.lines[0]));
    server.pause();
    // Those that find room are connected to the end; with some left over there is no room any more.
    const fillers: Socket[] = Array.from({ length: 6 }, () => connect({ host: '127.0.0.1', port }).on('error', () => undefined));
    await once(fillers[0]!, 'connect');
    await sleep(100);
    expect(fillers.filter(({ connecting }) => connecting).length).toBeGreaterThan(0);
    const attempt = await attemptAt(`https://127.0.0.1:${port}/`);
    timedOut(attempt);
    expect(attempt.statusCode).toBeNull();
    for (const filler of fillers) filler.destroy();
    await server.kill();
  });

  it('when the TLS handshake takes too long', async () => {
    const silent = await startSilentTcp();
    const attempt = await attemptAt(silent.url);
    timedOut(attempt);
    expect([attempt.statusCode, silent.accepted]).toEqual([null, 1]);
    await silent.stop();
  });

  it('when no headers come', async () => {
    const attempt = await answeredWith({ hang: 'headers' });
    timedOut(attempt);
    expect(attempt.statusCode).toBeNull();
  });

  it('when the body does not end, although its status was 200', async () => {
    const attempt = await answeredWith({ hang: 'body', body: 'the beginning' });
    timedOut(attempt);
    expect(attempt).toMatchObject({ statusCode: 200, responseBody: 'the beginning' });
  });

  it('when the body comes byte by byte', async () => {
    const attempt = await answeredWith({ dripMs: 300, body: 'x'.repeat(1_000) });
    timedOut(attempt);
    expect(attempt.statusCode).toBe(200);
  });

  it('and the connection is given up, so that the receiver notices', async () => {
    const path = system.receiver.at('/given-up');
    path.answer({ hang: 'headers' });
    timedOut(await attemptAt(path.url));
    await eventually(() => path.requests[0]?.gaveUpAt !== undefined);
  });
});

describe('the response body in the log', () => {
  it('is there for a failure as well', async () => {
    const body = '{"error":"total must be positive"}';
    expect(await answeredWith({ status: 422, body })).toMatchObject({ statusCode: 422, responseBody: body, responseTruncated: false });
  });

  it.each(['gzip', 'x-gzip'])('is unpacked when it comes as %s', async (encoding) => {
    const attempt = await answeredWith({ status: 500, body: gzipSync('an error, packed'), headers: { 'content-encoding': encoding } });
    expect(attempt).toMatchObject({ statusCode: 500, responseBody: 'an error, packed', responseBodyEncoding: 'utf8' });
  });

  it('is cut off at 16 KiB after unpacking, however little was sent', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 'z'));
    const attempt = await answeredWith({ body: bomb, headers: { 'content-encoding': 'gzip' } });
    expect(attempt).toMatchObject({ outcome: 'Success', responseTruncated: true });
    expect(attempt.responseBody).toBe('z'.repeat(16 * 1024));
  });

  it('is in base64 when it is no text', async () => {
    const bytes = Buffer.from([0, 1, 2, 0xff, 0xfe, 0x80, 10, 13]);
    const attempt = await answeredWith({ body: bytes, headers: { 'content-type': 'application/octet-stream' } });
    expect(attempt).toMatchObject({ outcome: 'Success', responseBodyEncoding: 'base64', responseBody: bytes.toString('base64') });
  });

  it('is kept as text when it holds a NUL', async () => {
    expect(await answeredWith({ body: 'before\0after' })).toMatchObject({ outcome: 'Success', responseBodyEncoding: 'utf8', responseBody: 'before\0after' });
  });

  it('is empty when there is none', async () => {
    expect(await answeredWith({ status: 204 })).toMatchObject({ responseBody: '', responseTruncated: false });
  });
});
