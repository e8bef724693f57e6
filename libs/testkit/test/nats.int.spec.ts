import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, startNats, startProxy, type FaultProxy, type NatsServer } from '../src/index.ts';
import { isAlive } from './alive.ts';

describe('startNats', () => {
  let nats: NatsServer;
  let connections: NatsConnection[];

  beforeEach(async () => {
    connections = [];
    nats = await startNats();
  });

  afterEach(async () => {
    await Promise.all(connections.map((each) => each.close()));
    await nats.stop();
  });

  async function client(url = nats.url): Promise<NatsConnection> {
    const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    connections.push(connection);
    return connection;
  }

  async function withStream(url = nats.url) {
    const connection = await client(url);
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
    const count = async () => (await manager.streams.info('ORDERS')).state.messages;
    return { connection, js: jetstream(connection), count };
  }

  it('is JetStream with a payload limit of 1 MiB, and tells clients of no other address', async () => {
    const { info } = await client();
    expect(info).toMatchObject({ jetstream: true, max_payload: 1_048_576, port: nats.port });
    expect(info?.connect_urls).toBeUndefined();
  });

  it('is gone after stop, with its process and its files', async () => {
    const other = await startNats();
    expect(isAlive(other.pid)).toBe(true);
    await other.stop();
    expect(isAlive(other.pid)).toBe(false);
    expect(existsSync(other.storeDir)).toBe(false);
  });

  it('keeps what it acknowledged over a kill, on the same port', async () => {
    const { js } = await withStream();
    for (let i = 0; i < 100; i++) await js.publish(`orders.${i}`);
    const { pid } = nats;
    await nats.kill();
    expect(isAlive(pid)).toBe(false);
    await nats.restart();
    expect(nats.pid).not.toBe(pid);
    const manager = await jetstreamManager(await client());
    expect((await manager.streams.info('ORDERS')).state.messages).toBe(100);
  });

  it('keeps its files in a given folder', async () => {
    const storeDir = await mkdtemp(path.join(tmpdir(), 'cepro-nats-spec-'));
    const first = await startNats({ storeDir, alwaysSync: true });
    const { js } = await withStream(first.url);
    await js.publish('orders.1');
    await first.stop();
    const second = await startNats({ storeDir });
    const manager = await jetstreamManager(await client(second.url));
    expect((await manager.streams.info('ORDERS')).state.messages).toBe(1);
    await second.stop();
    await rm(storeDir, { recursive: true });
  });

  it('answers nothing while it is paused', async () => {
    const connection = await client();
    await nats.pause();
    const waiting = connection.flush().then(() => 'answered');
    expect(await Promise.race([waiting, sleep(200, 'silent')])).toBe('silent');
    nats.resume();
    expect(await waiting).toBe('answered');
  });

  it('takes more configuration, and says why it could not start', async () => {
    const small = await startNats({ maxPayloadBytes: 1_000, config: 'max_connections: 7' });
    expect((await client(small.url)).info).toMatchObject({ max_payload: 1_000 });
    await small.stop();
    await expect(startNats({ config: 'no such setting {' })).rejects.toThrow(/nats-server ended with code 1:[^]*Parse error on line 7/);
    await expect(startNats({ port: nats.port })).rejects.toThrow('address already in use');
  });

  describe('behind a proxy with a kill point', () => {
    let proxy: FaultProxy;
    beforeEach(async () => { proxy = await startProxy({ target: nats.url }); });
    afterEach(() => proxy.stop());

    it('got every publish before the point, and none after', async () => {
      const { count } = await withStream();
      const service = await client(proxy.url);
      const reached = proxy.killOn({ pattern: 'PUB orders.', nth: 3, kill: () => void service.close() });
      const js = jetstream(service);
      const published = Promise.allSettled([1, 2, 3, 4, 5].map((i) => js.publish(`orders.${i}`, `order ${i}`, { retries: 0, timeout: 500 })));
      await reached;
      await published;
      // The stream takes messages a little after the connection has brought them.
      await eventually(async () => expect(await count()).toBe(2));
      await sleep(100);
      expect(await count()).toBe(2);
    });

    it('can stop right before an acknowledgement', async () => {
      const { connection, js } = await withStream();
      const manager = await jetstreamManager(connection);
      await manager.consumers.add('ORDERS', { durable_name: 'worker', ack_policy: 'explicit', ack_wait: 60_000_000_000 });
      await js.publish('orders.1');
      const service = await client(proxy.url);
      const message = await (await jetstream(service).consumers.get('ORDERS', 'worker')).next();
      const reached = proxy.killOn({ pattern: '$JS.ACK.ORDERS.worker', kill: () => void service.close() });
      message?.ack();
      await reached;
      const info = await manager.consumers.info('ORDERS', 'worker');
      expect([info.num_ack_pending, info.ack_floor.stream_seq]).toEqual([1, 0]);
    });
  });
});
