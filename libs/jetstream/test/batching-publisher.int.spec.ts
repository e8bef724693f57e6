import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually, startNats, startProxy, type FaultProxy, type NatsServer } from '@cepro/testkit';
import { JetStreamApiError } from '@nats-io/jetstream';
import { BatchingPublisher } from '../src/index.ts';
import { aClient, type Client } from './client.ts';

let nats: NatsServer;
let proxy: FaultProxy;
/** Of the publisher, by way of the proxy. */
let client: Client;
let publisher: BatchingPublisher;
let faults: unknown[];

beforeEach(async () => {
  nats = await startNats({ maxPayloadBytes: 100_000 });
  proxy = await startProxy({ target: nats.url });
  client = await aClient(proxy.url);
  faults = [];
  publisher = new BatchingPublisher(client.connection, (error) => faults.push(error));
  await client.jsm.streams.add({ name: 'S', subjects: ['s.>'], max_msg_size: 50_000 });
});

afterEach(async () => {
  await client.connection.close();
  await proxy.stop();
  await nats.stop();
});

const stored = async () => (await client.jsm.streams.info('S')).state.messages;

describe('a batching publisher', () => {
  it('gives each publisher its own acknowledgement, and keeps the order', async () => {
    const acks = await Promise.all(Array.from({ length: 2_000 }, (_, n) => publisher.publish(`s.${n}`, String(n), { msgID: `id-${n % 1_500}` })));
    expect(acks.slice(0, 1_500).map(({ seq }) => seq)).toEqual(Array.from({ length: 1_500 }, (_, n) => n + 1));
    expect(acks.slice(1_500).map(({ seq, duplicate }) => [seq, duplicate])).toEqual(Array.from({ length: 500 }, (_, n) => [n + 1, true]));
    expect(await stored()).toBe(1_500);
  });

  it('sends what comes in one turn of the event loop in one write', async () => {
    await client.connection.flush();
    const writes: number[] = [];
    proxy.onClientBytes((bytes) => writes.push(bytes.toString('latin1').split('HPUB ').length - 1));
    const publishing = Promise.all(Array.from({ length: 20 }, async (_, n) => {
      // Each from another depth of promises, as after so many answers to requests.
      for (let depth = 0; depth < n; depth++) await undefined;
      return await publisher.publish('s.a', 'x', { msgID: `id-${n}` });
    }));
    await publishing;
    expect(writes.filter((count) => count > 0)).toEqual([20]);
  });

  it.each([
    ['is too large for its stream', 's.a', 60_000, JetStreamApiError],
    ['is too large for the server', 's.a', 200_000, Error],
    ['belongs to no stream', 't.a', 1, Error],
  ])('refuses what %s, and that alone', async (_, subject, size, kind) => {
    const [refused, fine] = await Promise.allSettled([
      publisher.publish(subject, 'x'.repeat(size), { msgID: 'refused' }), publisher.publish('s.a', 'x', { msgID: 'fine' }),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(kind) });
    expect(fine).toMatchObject({ status: 'fulfilled', value: { seq: 1 } });
    expect(await stored()).toBe(1);
  });

  it('gives up what the server does not answer, and does not take a late answer for another one', async () => {
    await nats.pause();
    const [first, second] = await Promise.allSettled([publisher.publish('s.a', '1', { msgID: '1' }), publisher.publish('s.a', '2', { msgID: '2' })]);
    for (const outcome of [first, second]) expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'the server has not acknowledged the message' } });
    nats.resume();
    expect(await publisher.publish('s.a', '2', { msgID: '2' })).toMatchObject({ seq: 2, duplicate: true });
  });

  it('goes on after the connection was lost: what was under way is given up, and stored once when it is tried again', async () => {
    await nats.pause();
    const lost = publisher.publish('s.a', 'x', { msgID: '1' }).catch((error: unknown) => error);
    await turn();
    proxy.cut();
    nats.resume();
    expect(await lost).toMatchObject({ message: 'the server has not acknowledged the message' });
    proxy.restore();
    await eventually(async () => void (await client.connection.rtt()));
    await publisher.publish('s.a', 'x', { msgID: '1' });
    expect(await publisher.publish('s.a', 'y', { msgID: '2' })).toMatchObject({ seq: 2, duplicate: false });
  });

  it('lets nobody wait when the connection is closed', async () => {
    await nats.pause();
    const waiting = publisher.publish('s.a', 'x', { msgID: '1' }).catch((error: unknown) => error);
    await turn();
    await client.connection.close();
    expect(await waiting).toMatchObject({ message: expect.stringContaining('closed') });
    await expect(publisher.publish('s.a', 'x', { msgID: '2' })).rejects.toThrow(/closed/i);
    nats.resume();
  });

  it('says what could not be done with the next write, and does the rest', async () => {
    const fault = new Error('a fault');
    publisher.withNextWrite(() => { throw fault; });
    expect(await publisher.publish('s.a', 'x', { msgID: '1' })).toMatchObject({ seq: 1 });
    expect(faults).toEqual([fault]);
  });

  it('sends at once what it is told to', () => {
    const sent: number[] = [];
    for (const n of [1, 2, 3]) publisher.withNextWrite(() => sent.push(n));
    expect(sent).toEqual([]);
    publisher.flush();
    expect(sent).toEqual([1, 2, 3]);
  });
});
