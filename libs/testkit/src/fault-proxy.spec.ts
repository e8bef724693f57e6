import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually, startProxy, type FaultProxy } from './index.ts';

/** A server that records what each connection sends, and echoes it. */
class Echo {
  readonly received: string[] = [];
  readonly sockets: Socket[] = [];
  readonly server: Server = createServer((socket) => {
    const index = this.sockets.push(socket) - 1;
    this.received[index] = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      this.received[index] += bytes.toString();
      socket.write(bytes);
    });
  });

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }
}

describe('FaultProxy', () => {
  let echo: Echo;
  let proxy: FaultProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echo = new Echo();
    proxy = await startProxy({ target: { host: '127.0.0.1', port: await echo.listen() } });
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.stop();
    for (const socket of echo.sockets) socket.destroy();
    echo.server.close();
  });

  async function client(): Promise<{ socket: Socket; closed: Promise<unknown>; text: () => string }> {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
    clients.push(socket);
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    return { socket, closed, text: () => text };
  }

  it('passes bytes in both directions, and lets one look at those of the clients', async () => {
    const seen: string[] = [];
    const end = proxy.onClientBytes((bytes) => seen.push(bytes.toString()));
    const { socket, text } = await client();
    socket.write('hello');
    await eventually(() => text() === 'hello');
    end();
    socket.write(' again');
    await eventually(() => text() === 'hello again');
    expect(seen.join('')).toBe('hello');
  });

  it('passes large amounts in both directions', async () => {
    const { socket, text } = await client();
    const large = 'x'.repeat(5_000_000);
    socket.write(large);
    await eventually(() => text().length === large.length);
  });

  it('keeps user, password and path of a URL', async () => {
    const other = await startProxy({ target: 'postgres://me:p%40ss@127.0.0.1:5432/webhooks?x=1' });
    expect(other.url).toBe(`postgres://me:p%40ss@127.0.0.1:${other.port}/webhooks?x=1`);
    await other.stop();
    const nats = await startProxy({ target: 'nats://127.0.0.1:4222' });
    expect(nats.url).toBe(`nats://127.0.0.1:${nats.port}`);
    await nats.stop();
  });

  it('breaks connections and refuses new ones while it is cut', async () => {
    const first = await client();
    first.socket.write('one');
    await eventually(() => first.text() === 'one');
    proxy.cut();
    await first.closed;
    const second = await client();
    await second.closed;
    proxy.restore();
    const third = await client();
    third.socket.write('three');
    await eventually(() => third.text() === 'three');
    expect(echo.received).toEqual(['one', 'three']);
  });

  it('gives the server what comes before the second match and nothing after it, and kills in that moment', async () => {
    const one = await client();
    const two = await client();
    let killed = 0;
    const reached = proxy.killOn({ pattern: 'PUB orders', nth: 2, kill: () => void killed++ });
    one.socket.write('PUB orders 1;');
    await eventually(() => one.text() === 'PUB orders 1;');
    expect(killed).toBe(0);
    two.socket.write('before;PUB or');
    await eventually(() => echo.received[1]?.startsWith('before;'));
    two.socket.write('ders 2;after');
    await reached;
    await two.closed;
    expect(killed).toBe(1);
    // What may have got there of the match itself is never the whole of it.
    expect(['before;', 'before;PUB or']).toContain(echo.received[1]);
    one.socket.write('PUB orders 3;');
    await eventually(() => one.text() === 'PUB orders 1;PUB orders 3;');
  });

  it('keeps back the beginning of a match for a moment only', async () => {
    void proxy.killOn({ pattern: 'COMMIT', kill: () => undefined });
    const { socket, text } = await client();
    socket.write('COMM');
    await eventually(() => text() === 'COMM');
    socket.write('ENT');
    await eventually(() => text() === 'COMMENT');
  });

  it('says when the kill failed, and takes one kill point at a time', async () => {
    const reached = proxy.killOn({ pattern: /x+/, kill: () => { throw new Error('no such process'); } });
    await expect(proxy.killOn({ pattern: 'y', kill: () => undefined })).rejects.toThrow('has not been reached');
    const { socket } = await client();
    socket.write('xx');
    await expect(reached).rejects.toThrow('no such process');
  });
});
