import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startNats, startProxy, type FaultProxy, type NatsServer } from '@cepro/testkit';
import { follow, type Batch, type FollowOptions } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


const stream = 'NUMBERS';

let nats: NatsServer;
let proxy: FaultProxy;
let writer: Client;
let reader: Client;
let readings: { stop: AbortController; ended: Promise<void> }[];

beforeEach(async () => {
  nats = await startNats();
  proxy = await startProxy({ target: nats.url });
  writer = await aClient(nats.url);
  reader = await aClient(proxy.url);
  await writer.jsm.streams.add({ name: stream, subjects: ['numbers.>'] });
  readings = [];
});

afterEach(async () => {
  for (const { stop } of readings) stop.abort();
  await Promise.all(readings.map(({ ended }) => ended));
  await writer.connection.close();
  await reader.connection.close();
  await proxy.stop();
  await nats.stop();
});

async function write(from: number, to: number, kind = 'a'): Promise<void> {
  for (let n = from; n <= to; n += 500) {
    await Promise.all(Array.from({ length: Math.min(500, to - n + 1) }, (_, index) => writer.js.publish(`numbers.${kind}`, String(n + index), { msgID: String(n + index) })));
  }
}

/** Reads in the background, and remembers what came. */
function read(options: Partial<FollowOptions> = {}, each: (batch: Batch) => Promise<void> | void = () => undefined) {
  const stop = new AbortController();
  const batches: Batch[] = [];
  const interruptions: unknown[] = [];
  let reached = 0;
  const reading = {
    stop, batches, interruptions,
    get sequences() { return batches.flatMap(({ messages }) => messages.map(({ seq }) => seq)); },
    get last() { return batches.at(-1); },
    get reached() { return reached; },
    ended: (async () => {
      const all = follow(reader.js, { stream, from: () => reached + 1, signal: stop.signal, onInterrupted: (error) => interruptions.push(error), ...options });
      for await (const batch of all) {
        await each(batch);
        batches.push(batch);
        reached = batch.reached;
      }
    })(),
  };
  readings.push(reading);
  return reading;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('following a stream', () => {
  it('reads from its beginning, and then what comes', async () => {
    await write(1, 1_200);
    const reading = read();
    await eventually(() => expect(reading.last).toMatchObject({ reached: 1_200, caughtUp: true }));
    await write(1_201, 1_210);
    await eventually(() => expect(reading.reached).toBe(1_210));
    expect(reading.sequences).toEqual(numbers(1, 1_210));
    expect(reading.interruptions).toEqual([]);
  });

  it('reads from a sequence on', async () => {
    await write(1, 100);
    const reading = read({ from: () => 91 });
    await eventually(() => expect(reading.sequences).toEqual(numbers(91, 100)));
  });

  it('has caught up also when what was still to come is purged while it reads', async () => {
    await write(1, 400);
    await write(401, 2_000, 'b');
    const purged = Promise.withResolvers<void>();
    const reading = read({}, () => purged.promise);
    // What is sent before it is asked for is little; the rest is not, and never will be.
    await eventually(async () => expect((await writer.jsm.consumers.list(stream).next())[0]?.delivered.consumer_seq).toBeGreaterThan(0));
    await writer.jsm.streams.purge(stream, { filter: 'numbers.b' });
    purged.resolve();
    await eventually(() => expect(reading.last).toMatchObject({ reached: 2_000, caughtUp: true }));
    expect(reading.sequences.filter((sequence) => sequence <= 400)).toEqual(numbers(1, 400));
  });

  it('has no more in a batch than asked for, and says it has caught up with the last one only', async () => {
    await write(1, 250);
    const reading = read({ maxBatch: 100 });
    await eventually(() => expect(reading.reached).toBe(250));
    for (const { messages, reached, caughtUp } of reading.batches) {
      expect(messages.length).toBeGreaterThan(0);
      expect(messages.length).toBeLessThanOrEqual(100);
      expect(reached).toBe(messages.at(-1)?.seq);
      expect(caughtUp).toBe(reached === 250);
    }
  });

  it('waits for whoever takes the batches', async () => {
    await write(1, 5_000);
    let busy = 0;
    const reading = read({ maxBatch: 500 }, async () => {
      expect(++busy).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      busy--;
    });
    await eventually(() => expect(reading.reached).toBe(5_000));
    expect(reading.sequences).toEqual(numbers(1, 5_000));
  });

  it('has caught up at once with a stream that is empty', async () => {
    const reading = read();
    await eventually(() => expect(reading.batches).toEqual([{ messages: [], reached: 0, caughtUp: true }]));
    await write(1, 3);
    await eventually(() => expect(reading.sequences).toEqual([1, 2, 3]));
  });

  it('has caught up at once where nothing new is', async () => {
    await write(1, 10);
    const reading = read({ from: () => 11 });
    await eventually(() => expect(reading.batches).toEqual([{ messages: [], reached: 10, caughtUp: true }]));
    await write(11, 11);
    await eventually(() => expect(reading.sequences).toEqual([11]));
  });

  it('reaches the end of a stream all of whose messages were purged', async () => {
    await write(1, 10);
    await writer.jsm.streams.purge(stream);
    const reading = read();
    await eventually(() => expect(reading.batches).toEqual([{ messages: [], reached: 10, caughtUp: true }]));
  });

  it('reaches the end of a stream whose last messages were purged', async () => {
    await write(1, 8);
    await write(9, 10, 'b');
    await writer.jsm.streams.purge(stream, { filter: 'numbers.b' });
    const reading = read();
    await eventually(() => expect(reading.last).toMatchObject({ reached: 10, caughtUp: true }));
    expect(reading.sequences).toEqual(numbers(1, 8));
  });

  it('reads over holes', async () => {
    await write(1, 10);
    for (const seq of [1, 4, 5, 9]) await writer.jsm.streams.deleteMessage(stream, seq);
    const reading = read();
    await eventually(() => expect(reading.sequences).toEqual([2, 3, 6, 7, 8, 10]));
  });

  it('reads the subjects that it is asked for, and reaches the end of the others too', async () => {
    await write(1, 3, 'a');
    await write(4, 6, 'b');
    await write(7, 9, 'c');
    await write(10, 12, 'b');
    const reading = read({ subjects: ['numbers.a', 'numbers.c'] });
    await eventually(() => expect(reading.last).toMatchObject({ reached: 12, caughtUp: true }));
    expect(reading.sequences).toEqual([1, 2, 3, 7, 8, 9]);
    await write(13, 13, 'b');
    await write(14, 14, 'c');
    await eventually(() => expect(reading.sequences).toEqual([1, 2, 3, 7, 8, 9, 14]));
  });

  it('leaves the bodies at the server if they are not wanted', async () => {
    await write(1, 20);
    const reading = read({ headersOnly: true });
    await eventually(() => expect(reading.last).toMatchObject({ reached: 20, caughtUp: true }));
    const messages = reading.batches.flatMap((batch) => batch.messages);
    expect(messages.map(({ seq, subject, data, headers }) => ({ seq, subject, bytes: data.byteLength, id: headers?.get('Nats-Msg-Id') }))).toEqual(
      numbers(1, 20).map((n) => ({ seq: n, subject: 'numbers.a', bytes: 0, id: String(n) })),
    );
  });

  it('ends when told so, in the middle too', async () => {
    await write(1, 5_000);
    const reading = read({ maxBatch: 10 }, () => { if (reading.batches.length === 3) reading.stop.abort(); });
    await reading.ended;
    expect(reading.batches.length).toBeLessThan(20);
    expect(reading.interruptions).toEqual([]);
  });
});

describe('told to stop', () => {
  it('while there is nothing to read, it ends', async () => {
    const reading = read();
    await eventually(() => expect(reading.batches).toHaveLength(1));
    reading.stop.abort();
    await reading.ended;
  });

  it('between two steps of its beginning, it ends', async () => {
    const reading = read({}, () => reading.stop.abort());
    await reading.ended;
    expect(reading.batches).toHaveLength(1);
  });

  it('before it has begun, it reads nothing', async () => {
    await write(1, 10);
    const stopped = AbortSignal.abort();
    for await (const _batch of follow(reader.js, { stream, from: () => 1, signal: stopped })) throw new Error('it has begun');
  });
});

describe('what interrupts it', () => {
  it('a crash of the server, while messages come: nothing is missed, nothing comes twice, the order stays', async () => {
    await write(1, 3_000);
    const reading = read({ maxBatch: 100 }, async () => { await new Promise((resolve) => setTimeout(resolve, 5)); });
    await eventually(() => expect(reading.reached).toBeGreaterThan(300));
    await nats.kill();
    await nats.restart();
    await eventually(() => writer.jsm.getAccountInfo());
    await write(3_001, 6_000);
    await eventually(() => expect(reading.reached).toBe(6_000));
    expect(reading.sequences).toEqual(numbers(1, 6_000));
  });

  it('a crash of the server, while all is quiet', async () => {
    await write(1, 10);
    const reading = read();
    await eventually(() => expect(reading.reached).toBe(10));
    await nats.kill();
    await nats.restart();
    await eventually(() => writer.jsm.getAccountInfo());
    await write(11, 20);
    await eventually(() => expect(reading.reached).toBe(20));
    expect(reading.sequences).toEqual(numbers(1, 20));
  });

  it('a broken connection, again and again', async () => {
    await write(1, 2_000);
    const reading = read({ maxBatch: 50 }, async () => { await new Promise((resolve) => setTimeout(resolve, 2)); });
    for (let n = 0; n < 5; n++) {
      const before = reading.reached;
      await eventually(() => expect(reading.reached).toBeGreaterThan(before));
      proxy.cut();
      await write(2_001 + n * 100, 2_100 + n * 100);
      proxy.restore();
    }
    await eventually(() => expect(reading.reached).toBe(2_500));
    expect(reading.sequences).toEqual(numbers(1, 2_500));
  });

  it('whoever takes the batches fails: it starts again where that one wants', async () => {
    await write(1, 10);
    let asked = 0;
    const reading = read({
      from: () => {
        if (++asked < 3) throw new Error('the database is away');
        return 4;
      },
    });
    await eventually(() => expect(reading.sequences).toEqual(numbers(4, 10)));
    expect(reading.interruptions).toHaveLength(2);
    expect(reading.interruptions[0]).toMatchObject({ message: 'the database is away' });
  });

  it('a stream that is not there yet', async () => {
    await writer.jsm.streams.delete(stream);
    const reading = read();
    await eventually(() => expect(reading.interruptions.length).toBeGreaterThan(0));
    await writer.jsm.streams.add({ name: stream, subjects: ['numbers.>'] });
    await write(1, 3);
    await eventually(() => expect(reading.sequences).toEqual([1, 2, 3]));
  });
});
