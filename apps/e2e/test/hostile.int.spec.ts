import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestAuthority, eventually, startReceiver, type Receiver, type TestAuthority } from '@cepro/testkit';
import { publishEvent, System, type EndpointResource } from '../src/index.ts';

const accountId = 'acct_hostile';
const rounds = 3;
const eventsPerRound = 3;
const mebibyte = 1024 * 1024;

let system: System;
let server: ReturnType<typeof createServer>;
let stranger: TestAuthority;
const receivers: Receiver[] = [];
/** What all of them together have sent, in bytes. */
let sent = 0;

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': { DELIVERY_TIMEOUT_MS: '15000', DELIVERY_RETRY_DELAYS_MS: '3600000' } },
  });
  stranger = await createTestAuthority();
  server = createServer({ key: system.authority.key, cert: system.authority.cert }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request: Buffer) => hostile[request.toString().split(' ')[1]!.slice(1) as keyof typeof hostile]?.(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  await system?.stop();
  for (const receiver of receivers) await receiver.stop();
  await stranger?.dispose();
  server?.close();
});

/** Sends the same over and over, as fast as it is taken. */
function pour(socket: TLSSocket, bytes: Buffer | string): void {
  const more = () => {
    do sent += bytes.length;
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

/** Sends a byte now and then. */
function trickle(socket: TLSSocket, first: string): void {
  socket.write(first);
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 50);
}

const bomb = gzipSync(Buffer.alloc(100 * mebibyte));

/** What a receiver may do to whoever calls it. */
const hostile = {
  'headers-trickle': (socket: TLSSocket) => trickle(socket, 'HTTP/1.1 200 OK\r\nX-Slow: '),
  'headers-endless': (socket: TLSSocket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    pour(socket, `X-More: ${'x'.repeat(4_000)}\r\n`);
  },
  'interim-endless': (socket: TLSSocket) => pour(socket, `HTTP/1.1 103 Early Hints\r\nLink: <${'x'.repeat(1_000)}>\r\n\r\n`),
  'body-trickle': (socket: TLSSocket) => trickle(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'),
  'body-endless': (socket: TLSSocket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    pour(socket, Buffer.alloc(64 * 1024, 'x'));
  },
  'gzip-bomb': (socket: TLSSocket) => void socket.end(Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`), bomb,
  ])),
  garbage: (socket: TLSSocket) => void socket.end(Buffer.alloc(4_096, 0xfe)),
  reset: (socket: TLSSocket) => void socket.destroy(),
};

/** What the log says of an attempt at each. */
const expected: Record<string, { outcome: string; statusCode: number | null; error: string | null }> = {
  'headers-trickle': { outcome: 'Retrying', statusCode: null, error: 'timeout' },
  'headers-endless': { outcome: 'Retrying', statusCode: null, error: 'protocol-error' },
  'interim-endless': { outcome: 'Retrying', statusCode: null, error: 'protocol-error' },
  'body-trickle': { outcome: 'Retrying', statusCode: 200, error: 'timeout' },
  // As much as is kept of an answer has come, and all of it was good.
  'body-endless': { outcome: 'Success', statusCode: 200, error: null },
  'gzip-bomb': { outcome: 'Success', statusCode: 200, error: null },
  garbage: { outcome: 'Retrying', statusCode: null, error: 'protocol-error' },
  reset: { outcome: 'Retrying', statusCode: null, error: 'connection-failed' },
  'certificate-expired': { outcome: 'Retrying', statusCode: null, error: 'tls-failed' },
  'certificate-of-another': { outcome: 'Retrying', statusCode: null, error: 'tls-failed' },
  'certificate-self-signed': { outcome: 'Retrying', statusCode: null, error: 'tls-failed' },
  healthy: { outcome: 'Success', statusCode: 200, error: null },
};

async function urlOf(kind: string): Promise<string> {
  if (kind in hostile) return `https://127.0.0.1:${(server.address() as AddressInfo).port}/${kind}`;
  const certificates: Record<string, () => Promise<{ key: string; cert: string }>> = {
    'certificate-expired': () => system.authority.issue({ names: ['127.0.0.1'], expired: true }),
    'certificate-of-another': () => system.authority.issue({ names: ['hooks.example.com'] }),
    'certificate-self-signed': async () => stranger,
  };
  const certificate = certificates[kind];
  if (!certificate) return system.receiver.at(`/${kind}`).url;
  const receiver = await startReceiver({ authority: await certificate() });
  receivers.push(receiver);
  return receiver.url;
}

/** The memory of the worker, in bytes, as it tells itself. */
async function memory(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${system.service('delivery-worker').managementPort}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

describe('hostile receivers, all at once', () => {
  it('get what they deserve in the log, take no memory, and disturb nobody', async () => {
    const account = await system.account(accountId);
    const endpoints = new Map<string, EndpointResource>();
    for (const kind of Object.keys(expected)) endpoints.set(kind, await account.anEndpoint({ url: await urlOf(kind) }));
    const used: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (let each = 0; each < eventsPerRound; each += 1) await publishEvent(system, { accountId });
      // Nobody waits for the others: the healthy one has got everything that was published.
      await system.receiver.at('/healthy').waitFor(round * eventsPerRound);
      for (const { id } of endpoints.values()) await account.logged(id, round * eventsPerRound);
      used.push(await memory());
    }
    const seen: Record<string, unknown> = {};
    for (const [kind, { id }] of endpoints) {
      const kinds = new Set<string>();
      for (const { deliveryId } of await account.log(id)) {
        for (const { attempt, outcome, statusCode, error } of (await account.delivery(deliveryId)).attempts) {
          kinds.add(JSON.stringify({ attempt, outcome, statusCode, error }));
        }
      }
      seen[kind] = [...kinds].map((text) => JSON.parse(text) as unknown);
    }
    expect(seen).toEqual(Object.fromEntries(Object.entries(expected).map(([kind, attempt]) => [kind, [{ attempt: 1, ...attempt }]])));
    // The bombs alone would unpack to 900 MB.
    expect(Math.max(...used) - used[0]!).toBeLessThan(150 * mebibyte);
    expect(sent).toBeGreaterThan(mebibyte);
    await eventually(async () => expect(await memory()).toBeLessThan(600 * mebibyte));
  });
});
