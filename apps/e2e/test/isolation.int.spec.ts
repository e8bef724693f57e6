import { afterEach, describe, expect, it } from '@jest/globals';
import { deliveryFactSubjects, ratesBucket, streams } from '@cepro/contracts';
import { eventually, type ReceivedRequest } from '@cepro/testkit';
import { Books, cleanAudit, publishEvent, shortRetries, System } from '../src/index.ts';

let system: System;

afterEach(async () => {
  await system?.stop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<System> {
  system = await System.start({
    env: { 'delivery-worker': { ...shortRetries, ...env } },
    provision: { DELIVERY_SHARDS: '4', DELIVERY_ACK_WAIT_MS: '200000' },
  });
  return system;
}

/** How many deliveries were handed over to the slow lane so far. */
async function diverted(): Promise<number> {
  const { state } = await (await system.jsm).streams.info(streams.deliveries, { subjects_filter: deliveryFactSubjects('diverted') });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Lets an endpoint answer only when told to, and keeps count of what it has in flight. */
function heldBack(path: string, status: (request: ReceivedRequest) => number = () => 200) {
  const released = Promise.withResolvers<void>();
  const counts = { now: 0, most: 0 };
  system.receiver.at(path).answer(async (request) => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    await released.promise;
    counts.now -= 1;
    return { status: status(request) };
  });
  return { counts, release: () => released.resolve() };
}

const healthy = Array.from({ length: 9 }, () => 0);
const attempt = ({ headers }: ReceivedRequest) => Number(headers['x-webhook-attempt']);
const timeOf = (line: Record<string, unknown> | undefined) => Date.parse(String(line?.['time']));
const said = (text: string) => system.service('delivery-worker').logs().filter(({ msg }) => msg === text);

describe('a receiver that does not answer', () => {
  it('takes nothing from the others, and gets all that is its own when it does', async () => {
    await start({ DELIVERY_CONCURRENCY: '64', DELIVERY_SLOW_CONCURRENCY: '8' });
    const books = await Books.open(system, 'acct_hangs', [0, ...healthy]);
    const [hanging, ...others] = books.endpoints;
    const { counts, release } = heldBack(hanging!.path);
    await books.publish(60);
    // While it holds on to all that it was sent, each of the others gets everything.
    for (const { path } of others) await system.receiver.at(path).waitFor(60);
    // A thirty-second of the worker's places is all that an endpoint gets of which nothing is known.
    expect([counts.now, counts.most]).toEqual([2, 2]);
    expect(await diverted()).toBeGreaterThan(0);

    release();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(counts.most).toBeLessThanOrEqual(64);
  });
});

describe('a receiver that fails', () => {
  it('keeps its schedule in the slow lane, is tried there, and comes back to the normal one', async () => {
    await start();
    const books = await Books.open(system, 'acct_fails', [4, ...healthy]);
    const [failing] = books.endpoints;
    await books.publish(40);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(said('circuit opened')).toEqual([expect.objectContaining({ endpointId: failing!.id })]);
    const before = await diverted();
    expect(before).toBeGreaterThan(0);

    // By hand it is sent at once, whatever the circuit, and a success closes it.
    system.receiver.at(failing!.path).answer({});
    const [entry] = await books.account.log(failing!.id);
    expect((await books.account.call('POST', `/v1/deliveries/${entry!.deliveryId}/retry`)).status).toBe(202);
    await eventually(() => expect(said('circuit closed')).toHaveLength(1));
    await system.receiver.at(failing!.path).waitFor(161);
    await publishEvent(system, { accountId: 'acct_fails' });
    await system.receiver.at(failing!.path).waitFor(162);
    expect(await diverted()).toBe(before);
  });

  it('and then answers again is not overrun by what has waited', async () => {
    await start({ DELIVERY_RETRY_DELAYS_MS: '1500,1500,1500', DELIVERY_ENDPOINT_CONCURRENCY: '8' });
    const books = await Books.open(system, 'acct_recovers', [1]);
    const { path } = books.endpoints[0]!;
    let inFlight = 0;
    const seen: number[] = [];
    system.receiver.at(path).answer(async (request) => {
      // It says that it is too much, so its limit is one by the time when it is back.
      if (attempt(request) === 1) return { status: 503 };
      inFlight += 1;
      seen.push(inFlight);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inFlight -= 1;
      return {};
    });
    await books.publish(120);
    await books.settled();
    expect(await books.audit()).toMatchObject({ ...cleanAudit, wrongOutcomes: expect.any(Array), wrongInLog: expect.any(Array) });
    // As many in flight as it takes well: one more for each round of good answers, which are as many as its limit, and one
    // or two that were let in before it was known to be back.
    expect(seen.filter((count, index) => count > Math.sqrt(2 * index) + 3)).toEqual([]);
  });
});

describe('a receiver that asks to be left alone', () => {
  it('is, by both of two workers, and no attempt is used up by what was not sent', async () => {
    await start();
    const first = system.service('delivery-worker');
    const second = await system.startService('delivery-worker');
    const books = await Books.open(system, 'acct_pause', [0]);
    const { path } = books.endpoints[0]!;
    const pausedMs = 4_000;
    const refused: ReceivedRequest[] = [];
    system.receiver.at(path).answer((request) => {
      if (refused.length > 0 && request.receivedAt.getTime() >= refused[0]!.receivedAt.getTime() + pausedMs) return {};
      refused.push(request);
      return { status: 429, headers: { 'retry-after': String(pausedMs / 1_000) } };
    });
    await books.publish(60);
    await books.settled();
    // When an attempt began, as it says itself: its line in the log comes some time after its end.
    const begun = new Map(system.receiver.at(path).requests.map(({ headers }) => [`${headers['x-webhook-id']}:${headers['x-webhook-attempt']}`, Date.parse(String(headers['x-webhook-timestamp']))]));
    for (const worker of [first, second]) {
      const attempts = worker.logs().filter(({ msg }) => msg === 'attempt');
      const told = timeOf(attempts.find(({ statusCode }) => statusCode === 429));
      expect(told).not.toBeNaN();
      const early = attempts.filter((line) => {
        const startedAt = begun.get(`${String(line['deliveryId'])}:${String(line['attempt'])}`);
        if (startedAt === undefined) throw new Error('an attempt is in the log that the receiver never saw');
        return startedAt > told && startedAt < told + pausedMs - 100;
      });
      expect(early).toEqual([]);
    }
    const requests = system.receiver.at(path).requests;
    // Those that were refused have had one attempt more than the others.
    const retried = requests.filter((request) => attempt(request) === 2);
    expect(retried).toHaveLength(refused.length);
    expect(Math.max(...requests.map(attempt))).toBe(2);
    expect(await books.audit()).toMatchObject({ lost: [], scheduledTwice: [], misnumbered: [], neverArrived: [], unrecorded: [], sentTwice: [] });
  });
});

describe('an endpoint with a rate limit', () => {
  it('gets no more in a second from two workers together, and what is more waits', async () => {
    const perSecond = 20;
    await start();
    const workers = [system.service('delivery-worker'), await system.startService('delivery-worker')];
    const books = await Books.open(system, 'acct_rate', [0, 0]);
    const [limited, other] = books.endpoints;
    expect((await books.account.call('PATCH', `/v1/webhooks/${limited!.id}`, { rateLimit: perSecond })).status).toBe(200);
    await books.publish(200);
    // Those of others do not wait for it.
    await system.receiver.at(other!.path).waitFor(200);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    const { requests } = system.receiver.at(limited!.path);
    const seconds = (requests.at(-1)!.receivedAt.getTime() - requests[0]!.receivedAt.getTime()) / 1_000;
    expect((requests.length - 1) / seconds).toBeLessThanOrEqual(perSecond * 1.2);
    // Nor all at once and then nothing: in any second so many at most, and those that a stalled process had let wait.
    const times = requests.map(({ receivedAt }) => receivedAt.getTime());
    const inSecond = times.map((time, index) => times.slice(index).filter((later) => later < time + 1_000).length);
    expect(Math.max(...inSecond)).toBeLessThan(2 * perSecond);
    for (const worker of workers) expect(worker.logs().filter(({ msg, endpointId }) => msg === 'attempt' && endpointId === limited!.id)).not.toEqual([]);

    // Without it, nothing holds them back.
    await books.account.call('PATCH', `/v1/webhooks/${limited!.id}`, { rateLimit: null });
    await books.publish(50);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('waits while its rate can not be kept, and nobody else does', async () => {
    await start({ DELIVERY_CONCURRENCY: '32' });
    const books = await Books.open(system, 'acct_no_rate', [0, 0]);
    const [limited, other] = books.endpoints;
    await books.account.call('PATCH', `/v1/webhooks/${limited!.id}`, { rateLimit: 100 });
    await (await system.jsm).streams.delete(`KV_${ratesBucket}`);
    // More than the worker has places.
    await books.publish(80);
    await system.receiver.at(other!.path).waitFor(80);
    expect(system.receiver.at(limited!.path).requests).toEqual([]);
    await system.provision();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});
