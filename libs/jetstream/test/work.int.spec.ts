import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startNats, type NatsServer } from '@cepro/testkit';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { Crew, work, type WorkMessage } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


const stream = 'WORK';
const durable = 'workers';
/** Far longer than any of these tests: what was not handed back would not come again within it. */
const ackWait = 600_000_000_000;

let nats: NatsServer;
let client: Client;

beforeAll(async () => {
  nats = await startNats();
  client = await aClient(nats.url);
  await client.jsm.streams.add({ name: stream, subjects: ['work.>'] });
  await client.jsm.consumers.add(stream, { durable_name: durable, ack_policy: AckPolicy.Explicit, ack_wait: ackWait, max_ack_pending: -1 });
});

afterAll(async () => {
  await client.connection.close();
  await nats.stop();
});

/** Works on everything until told to stop; resolves with the first error, if any, once everything is settled. */
function start(crewSize: number, prefetch: number, handle: (message: WorkMessage) => Promise<void>) {
  const stop = new AbortController();
  const crew = new Crew(crewSize);
  const interruptions: unknown[] = [];
  const running = work(client.connection, { stream, durable, prefetch, crew, stop: stop.signal, handle, onInterrupted: (error) => interruptions.push(error) });
  return {
    interruptions,
    async stop() {
      stop.abort(new Error('enough'));
      await running;
      await crew.idle();
    },
  };
}

async function publish(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => client.js.publish('work.piece', 'to do')));
}

const left = async () => {
  const { num_pending: waiting, num_ack_pending: held } = await client.jsm.consumers.info(stream, durable);
  return waiting + held;
};

/** How many nobody has been given yet. A server that is killed may forget what was acknowledged last, and count it as held. */
const untaken = async () => (await client.jsm.consumers.info(stream, durable)).num_pending;

describe('work', () => {
  it('that is stopped, in whatever moment, hands everything back that it does not do', async () => {
    for (let round = 0; round < 12; round++) {
      await publish(1_500);
      const done = new Set<number>();
      let twice = 0;
      const handle = async (message: WorkMessage) => {
        await sleep(round % 4);
        if (done.has(message.seq)) twice += 1;
        done.add(message.seq);
        message.ack();
      };
      const first = start(20, 50, handle);
      await eventually(() => done.size > 100 + 90 * round, { intervalMs: 1 });
      await first.stop();
      expect(done.size).toBeLessThan(1_500);
      const second = start(200, 200, handle);
      await eventually(async () => expect([done.size, await left()]).toEqual([1_500, 0]));
      await second.stop();
      expect([twice, first.interruptions, second.interruptions]).toEqual([0, [], []]);
    }
  });

  it('stops at once when there is nothing to do', async () => {
    const idle = start(20, 50, async (message) => message.ack());
    await sleep(100);
    await idle.stop();
    expect(idle.interruptions).toEqual([]);
  });

  it('goes on when its requests were forgotten: by a server that was killed, and one that was silent', async () => {
    const done = new Set<number>();
    const worker = start(5, 10, async (message) => {
      done.add(message.seq);
      message.ack();
    });
    await publish(20);
    await eventually(() => done.size === 20);
    await nats.kill();
    await nats.restart();
    await eventually(() => publish(20));
    await eventually(async () => expect(await untaken()).toBe(0));
    await nats.pause();
    await sleep(5_000);
    nats.resume();
    const before = done.size;
    await eventually(() => publish(20));
    await eventually(async () => expect(await untaken()).toBe(0));
    await eventually(() => expect(done.size).toBeGreaterThanOrEqual(before + 20));
    await worker.stop();
  });

  it('says that there is no consumer, and goes on when there is one again', async () => {
    const { config } = await client.jsm.consumers.info(stream, durable);
    const done = new Set<number>();
    const worker = start(5, 10, async (message) => {
      done.add(message.seq);
      message.ack();
    });
    await client.jsm.consumers.delete(stream, durable);
    await eventually(() => expect(worker.interruptions.map(String).join()).toMatch(/Consumer Deleted|status 503/));
    await publish(10);
    const { state } = await client.jsm.streams.info(stream);
    await client.jsm.consumers.add(stream, { ...config, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: state.last_seq - 9 });
    await eventually(() => expect(done.size).toBe(10));
    await worker.stop();
  });

  it('stops while the server is away, and lets what is being done end', async () => {
    await publish(50);
    const begun = new Set<number>();
    let ended = 0;
    const some = start(5, 10, async (message) => {
      begun.add(message.seq);
      await sleep(300);
      ended += 1;
      message.ack();
    });
    await eventually(() => begun.size === 5);
    await nats.kill();
    await some.stop();
    expect(ended).toBe(begun.size);
    await nats.restart();
    await eventually(async () => expect(await left()).toBeGreaterThan(0));
  });
});
