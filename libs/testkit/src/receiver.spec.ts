import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './index.ts';
import { startReceiver, type Receiver } from './receiver.ts';
import { createTestAuthority, type TestAuthority } from './test-authority.ts';

let authority: TestAuthority;
let receiver: Receiver;
let agent: Agent;

beforeAll(async () => { authority = await createTestAuthority(); });
afterAll(() => authority.dispose());
beforeEach(async () => {
  receiver = await startReceiver({ authority });
  agent = new Agent({ keepAlive: true, ca: authority.ca });
});
afterEach(async () => {
  agent.destroy();
  await receiver.stop();
});

interface Response {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function post(path: string, { body = '', timeoutMs = 5_000 } = {}): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const sent = request(receiver.url + path, { method: 'POST', agent, headers: { 'X-Case': 'Kept' }, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: text }));
    response.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

describe('startReceiver', () => {
  it('records requests byte by byte and answers 200', async () => {
    const before = Date.now();
    expect(await post('/hooks?a=1', { body: 'Zoë' })).toMatchObject({ status: 200, body: '' });
    const [got] = await receiver.waitFor(1);
    expect(got).toMatchObject({ method: 'POST', path: '/hooks?a=1', rawBody: Buffer.from('Zoë'), gaveUpAt: undefined });
    expect(got?.headers['x-case']).toBe('Kept');
    expect(got?.rawHeaders).toContain('X-Case');
    expect(got?.receivedAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('shows which requests shared a connection', async () => {
    await post('/a');
    await post('/a');
    const [first, second] = receiver.requests;
    expect(first?.remotePort).toBe(second?.remotePort);
    expect(receiver.connections).toBe(1);
  });

  it('answers in turn, the last answer from then on', async () => {
    receiver.answer([{ status: 500, body: 'oops' }, { status: 429, headers: { 'retry-after': '3' } }, { status: 204 }]);
    expect(await post('/')).toMatchObject({ status: 500, body: 'oops' });
    expect(await post('/')).toMatchObject({ status: 429, headers: { 'retry-after': '3' } });
    expect((await post('/')).status).toBe(204);
    expect((await post('/')).status).toBe(204);
  });

  it('answers as a function says, which gets the request and its number', async () => {
    receiver.answer(({ rawBody }, nth) => ({ status: 200 + nth, body: rawBody.toString().toUpperCase() }));
    expect(await post('/', { body: 'a' })).toMatchObject({ status: 201, body: 'A' });
    expect(await post('/', { body: 'b' })).toMatchObject({ status: 202, body: 'B' });
  });

  it('keeps paths apart, and gives those without an answer of their own the common one', async () => {
    const [a, b] = [receiver.at('/a'), receiver.at('/b')];
    a.answer({ status: 503 });
    receiver.answer({ status: 202 });
    expect([(await post('/a?x')).status, (await post('/b')).status, (await post('/c')).status]).toEqual([503, 202, 202]);
    expect([a.requests.length, b.requests.length, receiver.requests.length]).toEqual([1, 1, 3]);
    expect(a.url).toBe(`${receiver.url}/a`);
    expect(receiver.at('/a')).toBe(a);
  });

  it('can be late, or never answer', async () => {
    receiver.answer([{ delayMs: 150 }, { hang: 'headers' }, { hang: 'body', body: 'part' }]);
    const start = Date.now();
    await post('/');
    expect(Date.now() - start).toBeGreaterThanOrEqual(145);
    await expect(post('/', { timeoutMs: 200 })).rejects.toThrow();
    await expect(post('/', { timeoutMs: 200 })).rejects.toThrow();
    await eventually(() => expect(receiver.requests.map(({ gaveUpAt }) => gaveUpAt !== undefined)).toEqual([false, true, true]));
  });

  it('can send a body drop by drop', async () => {
    receiver.answer({ body: 'slow', dripMs: 50 });
    const start = Date.now();
    expect((await post('/')).body).toBe('slow');
    expect(Date.now() - start).toBeGreaterThanOrEqual(190);
  });

  it('can reset the connection, before the headers and in the body, or answer rubbish', async () => {
    receiver.answer([{ reset: 'headers' }, { reset: 'body', body: 'half of it' }, { raw: 'HELO receiver\r\n\r\n' }, {}]);
    await expect(post('/')).rejects.toThrow();
    await expect(post('/')).rejects.toThrow();
    await expect(post('/')).rejects.toThrow(/Parse Error/);
    expect((await post('/')).status).toBe(200);
  });

  it('says how many of the awaited requests came', async () => {
    await post('/');
    await expect(receiver.waitFor(2, 50)).rejects.toThrow('got 1 of 2 requests within 50 ms');
    const both = receiver.waitFor(2);
    await sleep(20);
    await post('/');
    expect(await both).toHaveLength(2);
  });

  it('is not trusted without the authority, nor with a certificate that has expired or is for another name', async () => {
    agent = new Agent();
    await expect(post('/')).rejects.toThrow(/certificate/);
    await receiver.stop();
    agent = new Agent({ ca: authority.ca });
    receiver = await startReceiver({ authority: await authority.issue({ names: ['127.0.0.1'], expired: true }) });
    await expect(post('/')).rejects.toHaveProperty('code', 'CERT_HAS_EXPIRED');
    await receiver.stop();
    receiver = await startReceiver({ authority: await authority.issue({ names: ['elsewhere.test'] }) });
    await expect(post('/')).rejects.toHaveProperty('code', 'ERR_TLS_CERT_ALTNAME_INVALID');
  });
});
