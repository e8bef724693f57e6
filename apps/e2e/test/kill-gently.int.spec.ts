import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually, type ServiceProcess } from '@cepro/testkit';
import { anEndpointOf, Books, cleanAudit, publishEvent, routed, shortRetries, System } from '../src/index.ts';

let system: System;
const workers: ServiceProcess[] = [];

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': shortRetries },
    without: ['delivery-worker'],
    // An `ack_wait` longer than any test: what a worker does not hand back would not come again. Of two shards, neither is
    // without endpoints.
    provision: { DELIVERY_SHARDS: '2', DELIVERY_ACK_WAIT_MS: '600000' },
  });
});

afterEach(async () => {
  // Those of a test that failed would take the deliveries of the next one.
  await Promise.all(workers.splice(0).map(async (worker) => worker.isRunning && (await worker.kill())));
});

afterAll(async () => {
  await system?.stop();
});

async function startWorker(concurrency?: number): Promise<ServiceProcess> {
  const worker = await system.startService('delivery-worker', concurrency ? { DELIVERY_CONCURRENCY: String(concurrency) } : {});
  workers.push(worker);
  return worker;
}

/** The numbers of all consumers of deliveries together. */
async function consumers(): Promise<{ held: number; waiting: number }> {
  const infos = await Array.fromAsync((await system.jsm).consumers.list(streams.deliveries));
  const durables = infos.filter(({ config }) => config.durable_name !== undefined);
  return {
    held: durables.reduce((sum, { num_ack_pending: count }) => sum + count, 0),
    waiting: durables.reduce((sum, { num_pending: count }) => sum + count, 0),
  };
}

/** Lets every endpoint of the books take so long for its answers. */
function slowDown(books: Books, delayMs: number): void {
  for (const { path, failures } of books.endpoints) {
    system.receiver.at(path).answer(({ headers }) => ({ delayMs, status: Number(headers['x-webhook-attempt']) <= failures ? 500 : 200 }));
  }
}

const sixteenEndpoints = Array.from({ length: 16 }, (_, index) => index % 2);

describe('a worker that is stopped gently', () => {
  it.each([
    { concurrency: 8, prefetched: 8 },
    // The server has handed out 200 that are being sent, and many that only wait in the worker.
    { concurrency: 200, prefetched: 100 },
  ])('with $concurrency requests in flight burns no attempt of those that wait', async ({ concurrency, prefetched }) => {
    const books = await Books.open(system, `acct_gentle_${concurrency}`, sixteenEndpoints);
    slowDown(books, 1_000);
    await books.publish(40);
    const worker = await startWorker(concurrency);
    await eventually(async () => {
      expect(books.requests.length).toBeGreaterThanOrEqual(concurrency);
      expect((await consumers()).held).toBeGreaterThanOrEqual(concurrency + prefetched);
    });
    expect(await worker.stop()).toBe(0);
    // What was in flight has ended and is on record; what only waited is free for the next worker, which need not wait
    // until the server gives it up for lost. What waits for its retry counts as held.
    expect(await books.unrecorded()).toEqual([]);
    const first = books.requests.length;

    slowDown(books, 0);
    const next = await startWorker();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(books.requests.length).toBeGreaterThan(first);
    expect(await next.stop()).toBe(0);
    expect(await consumers()).toEqual({ held: 0, waiting: 0 });
  });

  it.each([250, 350, 450])('in the middle of the flow, after %i requests, loses hold of nothing', async (count) => {
    const books = await Books.open(system, `acct_flow_${count}`, sixteenEndpoints);
    slowDown(books, 200);
    await books.publish(50);
    const worker = await startWorker(200);
    await eventually(() => books.requests.length >= count, { intervalMs: 1 });
    expect(await worker.stop()).toBe(0);
    expect(await books.unrecorded()).toEqual([]);

    const next = await startWorker();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(await next.stop()).toBe(0);
  });

  it('hands what it only held over to a worker that runs beside it', async () => {
    const books = await Books.open(system, 'acct_beside', sixteenEndpoints);
    slowDown(books, 1_000);
    await books.publish(20);
    const first = await startWorker(64);
    await eventually(() => books.requests.length >= 64);
    const second = await startWorker(64);
    expect(await first.stop()).toBe(0);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(await second.stop()).toBe(0);
  });
});

describe('a worker that the server has waited too long for', () => {
  beforeAll(async () => {
    const jsm = await system.jsm;
    for (const { name, config } of await Array.fromAsync(jsm.consumers.list(streams.deliveries))) {
      if (config.durable_name) await jsm.consumers.update(streams.deliveries, name, { ...config, ack_wait: 2_000_000_000 });
    }
  });

  it('does not send what only waited in it, and another one has sent meanwhile', async () => {
    const books = await Books.open(system, 'acct_stale', [0, 0]);
    const [held, waiting] = books.endpoints.map(({ path }) => system.receiver.at(path));
    const released = Promise.withResolvers<void>();
    held!.answer(async () => released.promise.then(() => ({})));
    waiting!.answer(async () => released.promise.then(() => ({})));
    const first = await startWorker(1);
    await books.publish(1);
    await eventually(async () => expect([books.requests.length, (await consumers()).held]).toEqual([1, 2]));
    const second = await startWorker();
    await eventually(() => expect(books.requests).toHaveLength(2));
    released.resolve();
    await books.settled();
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('repeats nothing in the log when it goes on after it stood still', async () => {
    const books = await Books.open(system, 'acct_still', [0, 2, 4, 1]);
    slowDown(books, 300);
    await books.publish(20);
    const first = await startWorker(16);
    await eventually(() => books.requests.length >= 24);
    await first.pause();
    const inFlight = await books.unrecorded();
    const second = await startWorker();
    // The second one gets what the first one held, and brings it all to its end.
    await books.settled();
    first.resume();
    await first.ready();
    // By then the first one has looked at everything that it had still in its hands.
    await eventually(async () => expect(await metric(first.managementPort, 'webhooks_deliveries_in_flight')).toBe(0));
    await sleep(1_000);
    await books.settled();
    // What was in flight when it stopped may have been sent by both, and no more: not what only waited in it or in its socket.
    const { sentTwice, ...audit } = await books.audit();
    expect({ ...audit, sentTwice: [] }).toEqual(cleanAudit);
    expect(inFlight).toEqual(expect.arrayContaining([...sentTwice]));
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
    expect(await consumers()).toEqual({ held: 0, waiting: 0 });
  });

  it('hands nothing back that another one is at, once its own request has ended', async () => {
    const accounts = Array.from({ length: 6 }, (_, index) => `acct_handed_back_${index}`);
    const paths = (await Promise.all(accounts.map((accountId) => anEndpointOf(system, accountId)))).map(({ path }) => path);
    const arrived = (count: number) => Promise.all(paths.map((path) => path.waitFor(count)));
    /** What lets a request be answered, for each path in the order in which they came. */
    const held = paths.map((path) => {
      const ends: (() => void)[] = [];
      path.answer(async () => {
        await new Promise<void>((resolve) => ends.push(resolve));
        return { status: 500 };
      });
      return ends;
    });
    const first = await startWorker();
    for (const accountId of accounts) await publishEvent(system, { accountId });
    await arrived(1);
    await first.pause();
    const second = await startWorker();
    // The second one makes the attempts again, and is in the middle of the next ones when those of the first one end.
    await arrived(2);
    held.forEach(([, end]) => end!());
    await arrived(3);
    first.resume();
    await first.ready();
    await sleep(3_000);
    held.forEach(([end]) => end!());
    await eventually(async () => expect(await metric(first.managementPort, 'webhooks_deliveries_in_flight')).toBe(0));
    // Longer than a message that is handed back, due already, takes to come again.
    await sleep(1_000);
    expect(paths.map(({ requests }) => requests.map(({ headers }) => headers['x-webhook-attempt']))).toEqual(paths.map(() => ['1', '1', '2']));
    for (const path of paths) path.answer({ status: 200 });
    held.forEach(([, , end]) => end!());
    await arrived(4);
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
  });

  it('sends nothing of what came while it stood still, and another one has sent meanwhile', async () => {
    const books = await Books.open(system, 'acct_socket', [0, 0, 0]);
    const first = await startWorker();
    await eventually(async () => {
      await first.pause();
      await books.publish(10);
      await routed(system);
      // What the server has handed out is in the first one's socket, which reads none of it.
      if ((await consumers()).held > 0) return;
      first.resume();
      await books.settled();
      throw new Error('its requests for deliveries had ended when it was stopped');
    });
    const second = await startWorker();
    await books.settled();
    first.resume();
    await first.ready();
    await sleep(1_000);
    await eventually(async () => expect(await metric(first.managementPort, 'webhooks_deliveries_in_flight')).toBe(0));
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
  });
});

async function metric(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}
