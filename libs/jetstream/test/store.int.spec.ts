import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { streams } from '@cepro/contracts';
import { eventually, forgetMessageIds, startNats, type NatsServer } from '@cepro/testkit';
import { headers } from '@nats-io/transport-node';
import { BatchingPublisher, defaultTopology, findStored, keepTrying, orAborted, provision, readHeld, readStored, store, toHeaders, wire, type AckedPublisher } from '../src/index.ts';
import { aClient, type Client } from './client.ts';

const endpoint = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const subject = `webhooks.deliveries.n.03.${endpoint}.scheduled`;
const other = `webhooks.deliveries.n.03.${endpoint}.attempted`;
const stream = streams.deliveries;

let nats: NatsServer;
let client: Client;

beforeEach(async () => {
  nats = await startNats();
  client = await aClient(nats.url);
  await provision(client.jsm, { ...defaultTopology, shards: 1 });
});

afterEach(async () => {
  await client.connection.close();
  await nats.stop();
});

const fail = (error: unknown): never => { throw error; };

const state = async () => (await client.jsm.streams.info(stream)).state;

describe.each([
  ['the client', (): AckedPublisher => client.js],
  ['a batching publisher', (): AckedPublisher => new BatchingPublisher(client.connection, fail)],
])('storing by %s', (_, publisher) => {
  let to: AckedPublisher;

  beforeEach(() => {
    to = publisher();
  });

  it('stores subject, body, id and headers', async () => {
    const ack = await store(to, { subject, msgId: 'dlv_1', data: '{}', headers: { 'Webhook-Attempt': '2' } });
    expect(ack).toMatchObject({ seq: 1, duplicate: false });
    const message = await client.jsm.streams.getMessage(stream, { seq: 1 });
    expect(message).toMatchObject({ subject });
    expect(message?.string()).toBe('{}');
    expect(message?.header.get('Nats-Msg-Id')).toBe('dlv_1');
    expect(message?.header.get('Webhook-Attempt')).toBe('2');
    expect(new TextDecoder().decode(await readStored(client.js, stream, 1))).toBe('{}');
    expect(await readStored(client.js, stream, 2)).toBeUndefined();
  });

  it('stores an id once, and answers with the place of the first', async () => {
    await store(to, { subject, msgId: 'dlv_0', data: '' });
    await store(to, { subject, msgId: 'dlv_1', data: 'first' });
    expect(await store(to, { subject: other, msgId: 'dlv_1', data: 'second' })).toMatchObject({ seq: 2, duplicate: true });
    expect((await state()).messages).toBe(2);
  });

  it('goes on through a crash of the server, and stores everything once', async () => {
    const retries: number[] = [];
    const stored = Array.from({ length: 200 }, async (_, n) => {
      if (n >= 100) await eventually(() => expect(retries.length).toBeGreaterThan(0));
      return await store(to, { subject, msgId: `dlv_${n}`, data: String(n) }, { onRetry: (_error, attempt) => retries.push(attempt) });
    });
    await Promise.all(stored.slice(0, 50));
    await nats.kill();
    const late = store(to, { subject, msgId: 'dlv_late', data: 'late' }, { onRetry: (_error, attempt) => retries.push(attempt) });
    await eventually(() => expect(retries.length).toBeGreaterThan(0));
    await nats.restart();
    const acks = await Promise.all([...stored, late]);
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(201);
    expect((await state()).messages).toBe(201);
    // What was stored before the crash is known after it.
    expect(await store(to, { subject, msgId: 'dlv_0', data: '0' })).toMatchObject({ duplicate: true });
  });

  it('looks for what it may have stored before a try that comes so late that the server may have forgotten the id', async () => {
    let tries = 0;
    const now = Date.now();
    const clocks = [[jest.spyOn(Date, 'now'), now], [jest.spyOn(performance, 'now'), performance.now()]] as const;
    const find = (since: number) => findStored(client.js, { stream, subject, msgId: 'dlv_1', since });
    const losesTheFirstAnswer: AckedPublisher = {
      async publish(...message) {
        const ack = await to.publish(...message);
        if (++tries > 1) return ack;
        await forgetMessageIds(client.jsm, stream, async () => (await find(now)) !== undefined);
        // An hour passes, by both clocks.
        for (const [clock, time] of clocks) clock.mockReturnValue(time + 3_600_000);
        throw new Error('the answer was lost');
      },
    };
    try {
      expect(await store(losesTheFirstAnswer, { subject, msgId: 'dlv_1', data: '' }, { find })).toMatchObject({ seq: 1, duplicate: true });
      expect([tries, (await state()).messages]).toEqual([1, 1]);
    } finally {
      for (const [clock] of clocks) clock.mockRestore();
    }
  });

  it('ends when told so', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    const storing = store(to, { subject: 'nobody.has.this', msgId: 'x', data: '' }, { signal: stop.signal, onRetry: (error) => failures.push(error) });
    await eventually(() => expect(failures.length).toBeGreaterThan(1));
    stop.abort(new Error('the service stops'));
    await expect(storing).rejects.toThrow();
    await expect(store(to, { subject, msgId: 'x', data: '' }, { signal: stop.signal })).rejects.toThrow('the service stops');
    expect((await state()).messages).toBe(0);
  });
});

describe('keepTrying', () => {
  it('waits longer each time, and counts', async () => {
    const times: number[] = [];
    const attempts: number[] = [];
    const result = await keepTrying(
      async () => {
        times.push(performance.now());
        if (times.length < 5) throw new Error('not yet');
        return 'done';
      },
      { onRetry: (_error, attempt) => attempts.push(attempt) },
    );
    expect(result).toBe('done');
    expect(attempts).toEqual([1, 2, 3, 4]);
    for (const [index, pause] of [50, 100, 200, 400].entries()) expect(times[index + 1]! - times[index]!).toBeGreaterThanOrEqual(pause - 5);
  });
});

describe('orAborted', () => {
  it('is the promise\'s outcome, or the signal\'s reason', async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(orAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    const stop = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('the service stops'));
    await expect(waiting).rejects.toThrow('the service stops');
    await expect(orAborted(Promise.resolve(1), stop.signal)).rejects.toThrow('the service stops');
  });
});

describe('finding what was stored', () => {
  const hour = 3_600_000;
  const find = (msgId: string, since = Date.now() - 1_000, on = subject) => findStored(client.js, { stream, subject: on, msgId, since });

  beforeEach(async () => {
    for (const n of [1, 2, 3]) await store(client.js, { subject, msgId: `dlv_${n}`, data: String(n) });
    await store(client.js, { subject: other, msgId: 'dlv_2:1', data: '' });
  });

  /** As after ten minutes: the server forgets the ids, and the messages are still there. */
  async function forgetIds(): Promise<void> {
    const { last_seq: seq } = await state();
    const last = await client.jsm.streams.getMessage(stream, { seq });
    await forgetMessageIds(client.jsm, stream, async () => (await find(last?.header.get('Nats-Msg-Id') ?? '')) !== undefined);
  }

  it('asks the server for the id within the window', async () => {
    expect(await find('dlv_2')).toBe(2);
    expect(await find('dlv_2:1', undefined, other)).toBe(4);
    expect(await find('dlv_9')).toBeUndefined();
  });

  it('stores nothing by asking', async () => {
    const before = await state();
    for (const msgId of ['dlv_2', 'dlv_9', 'dlv_10']) {
      await find(msgId);
      await find(msgId, Date.now() - hour);
    }
    // Nor does a reader leave a consumer behind.
    await eventually(async () => expect(await state()).toEqual(before));
    // Nor is the id taken: what was looked for in vain can be stored.
    expect(await store(client.js, { subject, msgId: 'dlv_9', data: '9' })).toMatchObject({ seq: 5, duplicate: false });
    expect(await find('dlv_9')).toBe(5);
  });

  it('knows after a crash of the server what it knew before', async () => {
    await nats.kill();
    await nats.restart();
    await eventually(async () => expect(await find('dlv_2')).toBe(2));
    expect(await find('dlv_9')).toBeUndefined();
  });

  it('reads the subject where the server has forgotten', async () => {
    await forgetIds();
    const before = await state();
    expect(await find('dlv_2', Date.now() - hour)).toBe(2);
    expect(await find('dlv_3', Date.now() - hour)).toBe(3);
    expect(await find('dlv_9', Date.now() - hour)).toBeUndefined();
    // An id on another subject is another fact.
    expect(await find('dlv_2', Date.now() - hour, other)).toBeUndefined();
    expect(await find('dlv_2', Date.now() - hour, `webhooks.deliveries.n.03.${endpoint}.tested`)).toBeUndefined();
    expect((await state()).last_seq).toBe(before.last_seq);
  });

  it('reads through many messages', async () => {
    await Promise.all(Array.from({ length: 3_000 }, (_, n) => store(client.js, { subject, msgId: `many_${n}`, data: '' })));
    const last = (await state()).last_seq;
    const lastId = (await client.jsm.streams.getMessage(stream, { seq: last }))?.header.get('Nats-Msg-Id');
    await forgetIds();
    expect(await find(lastId ?? '', Date.now() - hour)).toBe(last);
    expect(await find('dlv_9', Date.now() - hour)).toBeUndefined();
  });

  it('reads from the time on that it is asked for', async () => {
    await forgetIds();
    const { time } = (await client.jsm.streams.getMessage(stream, { seq: 2 }))!;
    // The clock of the test stands still for the reader: an hour has passed.
    const now = jest.spyOn(Date, 'now').mockReturnValue(time.getTime() + hour);
    try {
      expect(await find('dlv_2', time.getTime())).toBe(2);
      // Whoever says since when may have a clock that is ahead of the server's.
      expect(await find('dlv_2', time.getTime() + 59_000)).toBe(2);
      expect(await find('dlv_2', time.getTime() + 61_000)).toBeUndefined();
    } finally {
      now.mockRestore();
    }
  });

  it('fails when the server goes away in the middle, and does not wait for ever', async () => {
    for (let round = 0; round < 8; round++) await Promise.all(Array.from({ length: 1_000 }, (_, n) => store(client.js, { subject, msgId: `${round}_${n}`, data: '' })));
    await forgetIds();
    const finding = find('dlv_9', Date.now() - hour).then(() => 'read', () => 'failed');
    await sleep(15);
    await nats.kill();
    await nats.restart();
    // On a quick machine everything may have been read by then.
    expect(['failed', 'read']).toContain(await finding);
    await eventually(async () => expect(await find('0_1', Date.now() - hour)).toBeGreaterThan(4));
  });
});

describe('what a stream holds on a subject', () => {
  const read = async (of: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const message of readHeld(client.js, stream, of)) found.push(message.string());
    return found;
  };

  it('is read to its end, in order and no further, past what is on others', async () => {
    const numbers = Array.from({ length: 700 }, (_, index) => String(index));
    for (const each of numbers) await Promise.all([client.js.publish(subject, each), client.js.publish(other, 'other')]);
    expect(await read(subject)).toEqual(numbers);
    expect(await read(`webhooks.deliveries.*.*.${endpoint}.>`)).toHaveLength(1_400);
    expect(await read(subject.replace('scheduled', 'cancelled'))).toEqual([]);
  });

  it('may have holes, and fails if its end is removed while it is read', async () => {
    for (let n = 1; n <= 600; n += 1) await client.js.publish(subject, String(n));
    await client.jsm.streams.deleteMessage(stream, 2);
    expect((await read(subject)).slice(0, 3)).toEqual(['1', '3', '4']);
    await expect((async () => {
      for await (const message of readHeld(client.js, stream, subject)) {
        // In the middle of the last batch but one.
        if (message.seq === 400) await client.jsm.streams.purge(stream, { seq: 601 });
      }
    })()).rejects.toThrow(/message not found|could not be read up to 600/);
    expect(await read(subject)).toEqual([]);
  });
});

describe('the wire', () => {
  it('has headers or none', () => {
    expect(toHeaders(undefined)).toBeUndefined();
    expect(toHeaders({ A: '1', 'B-C': '2' })?.get('B-C')).toBe('2');
    const given = headers();
    given.set('A', '1');
    given.set('Empty', '');
    const data = new Uint8Array();
    expect(wire({ subject, data, headers: given }).header('A')).toBe('1');
    expect(wire({ subject, data, headers: given }).header('Empty')).toBeUndefined();
    expect(wire({ subject, data, headers: given }).header('Missing')).toBeUndefined();
    expect(wire({ subject, data, headers: undefined }).header('A')).toBeUndefined();
  });
});
