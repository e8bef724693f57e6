import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterSubjects, deliverySubject, newEndpointId, normalLane, retriesBucket, shardOf, streams } from '@cepro/contracts';
import { eventually, startProxy, type FaultProxy } from '@cepro/testkit';
import { Books, cleanAudit, shortRetries, System } from '../src/index.ts';

const shards = 4;

let system: System;
let proxy: FaultProxy;

beforeAll(async () => {
  system = await System.start({
    // No circuit opens, or retries would be diverted, and what is counted to the kill point with them.
    env: { 'delivery-worker': { ...shortRetries, DELIVERY_CIRCUIT_FAILURES: '1000' } },
    // What a dead worker held comes again after two seconds.
    provision: { DELIVERY_SHARDS: String(shards), DELIVERY_ACK_WAIT_MS: '2000' },
    through: async ({ natsUrl }) => {
      proxy = await startProxy({ target: natsUrl });
      return { 'delivery-worker': { natsUrl: proxy.url } };
    },
  });
});

afterAll(async () => {
  await system?.stop();
  await proxy?.stop();
});

const settled = (how: string) => new RegExp(`PUB \\$JS\\.ACK\\.${streams.deliveries}\\.[^\\r]*\\r\\n${how}`);

interface KillPoint {
  readonly when: string;
  readonly pattern: string | RegExp;
  readonly nth: number;
}

// With a body: the question whether an attempt is on record is asked by a publish without one.
const attempted = /\.attempted [^\r]*\r\nNATS\/1\.0\r\nNats-Msg-Id: [^\r]*\r\n\r\n\{/;
const saved = `PUB $KV.${retriesBucket}.`;

// Eight events to three endpoints, one of which accepts at once, one after two failures and one never: 24 first attempts,
// 64 in all.
const killPoints: KillPoint[] = [
  { when: 'after the first request and before its attempt is recorded', pattern: attempted, nth: 1 },
  { when: 'after a later request and before its attempt is recorded', pattern: attempted, nth: 7 },
  { when: 'after a retry and before its attempt is recorded', pattern: attempted, nth: 30 },
  { when: 'after the last attempt and before it is recorded', pattern: attempted, nth: 64 },
  { when: 'after a success is recorded and before it is acknowledged', pattern: settled('\\+ACK'), nth: 1 },
  { when: 'after the success of a retry is recorded and before it is acknowledged', pattern: settled('\\+ACK'), nth: 12 },
  { when: 'after the last failure is recorded and before it is acknowledged', pattern: settled('\\+ACK'), nth: 24 },
  { when: 'after a failure is recorded and before it is saved that a retry is due', pattern: saved, nth: 1 },
  { when: 'after a later failure is recorded and before it is saved that a retry is due', pattern: saved, nth: 17 },
  { when: 'after it is saved that a retry is due and before the delivery is handed back', pattern: settled('-NAK'), nth: 1 },
  { when: 'after it is saved that a last retry is due and before the delivery is handed back', pattern: settled('-NAK'), nth: 38 },
];

/** Sets the kill point, does something, and returns once the worker has died of it. */
async function killWorker(point: KillPoint, work: () => Promise<unknown>): Promise<void> {
  const worker = system.service('delivery-worker');
  const reached = proxy.killOn({ ...point, kill: () => worker.kill() });
  await work();
  await reached;
  expect(worker.isRunning).toBe(false);
  // What the dead worker had sent is still on its way through sockets, to the receivers and into the stream.
  await sleep(300);
}

describe('kill -9 of the worker', () => {
  it.each(killPoints.map((point, index) => ({ ...point, index })))('$when repeats only requests that were in flight', async ({ index, ...point }) => {
    const books = await Books.open(system, `acct_worker_${index}`);
    await killWorker(point, () => books.publish(8));
    const inFlight = await books.unrecorded();
    if (point.pattern === attempted) expect(inFlight).not.toEqual([]);

    await system.startService('delivery-worker');
    await books.settled();
    expect(await books.audit()).toEqual({ ...cleanAudit, sentTwice: inFlight });
  });

  // With one endpoint that never accepts, whose circuit opens with the first failure: what comes after it is diverted, and
  // what is acknowledged first is the message that another one has taken over from.
  it.each([
    { when: 'before a delivery is diverted', pattern: '.diverted ', nth: 1 },
    { when: 'before a later delivery is diverted', pattern: '.diverted ', nth: 5 },
    { when: 'after a delivery is diverted and before the message that it came with is acknowledged', pattern: settled('\\+ACK'), nth: 1 },
    { when: 'after a later one is diverted and before the message that it came with is acknowledged', pattern: settled('\\+ACK'), nth: 6 },
    { when: 'before a diverted delivery is put off', pattern: settled('-NAK'), nth: 9 },
  ])('$when leaves each delivery with one message that goes on with it', async (point) => {
    const books = await Books.open(system, `acct_lane_${point.nth}_${String(point.pattern).length}`, [4]);
    await system.service('delivery-worker').stop();
    await system.startService('delivery-worker', { DELIVERY_CIRCUIT_FAILURES: '1', DELIVERY_ENDPOINT_CONCURRENCY: '1' });
    await killWorker(point, () => books.publish(12));
    const inFlight = await books.unrecorded();

    await system.startService('delivery-worker');
    await books.settled();
    expect(await books.audit()).toEqual({ ...cleanAudit, sentTwice: inFlight });
  });

  it('before a delivery is put aside that can not be read leaves it to the next one', async () => {
    const jsm = await system.jsm;
    const { config } = await jsm.streams.info(streams.deadLetters);
    await jsm.streams.delete(streams.deadLetters);
    const endpointId = newEndpointId();
    const { seq } = await system.js.publish(deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'scheduled'), 'no delivery');
    const worker = system.service('delivery-worker');
    await eventually(() => worker.logs().some(({ msg, sequence }) => msg === 'a dead letter could not be stored; trying again' && sequence === seq));
    await worker.kill();

    await jsm.streams.add(config);
    await system.startService('delivery-worker');
    await eventually(async () => {
      const letter = await jsm.streams.getMessage(streams.deadLetters, { last_by_subj: deadLetterSubjects.delivery });
      expect(letter?.header.get('Webhook-Original-Sequence')).toBe(String(seq));
    });
  });

  it.each([
    { when: 'after a manual retry and before its attempt is recorded', pattern: attempted, nth: 1, sent: ['1', '2', '3', '4', '5', '5'] },
    { when: 'after a manual retry is recorded and before it is acknowledged', pattern: settled('\\+ACK'), nth: 1, sent: ['1', '2', '3', '4', '5'] },
  ])('$when leaves one attempt of that number in the log', async ({ sent, ...point }) => {
    const books = await Books.open(system, `acct_manual_${sent.length}`, [5]);
    await books.publish(1);
    await books.settled();
    const entry = await eventually(async () => {
      const log = await books.account.log(books.endpoints[0]!.id);
      expect(log).toHaveLength(4);
      return log[0]!;
    });
    await killWorker(point, async () => expect((await books.account.call('POST', `/v1/deliveries/${entry.deliveryId}/retry`)).status).toBe(202));

    await system.startService('delivery-worker');
    await eventually(async () => {
      const { status, attempts } = await books.account.delivery(entry.deliveryId);
      expect([status, ...attempts.map(({ attempt }) => attempt)]).toEqual(['failed', 1, 2, 3, 4, 5]);
    });
    await books.settled();
    expect(system.receiver.at(books.endpoints[0]!.path).requests.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(sent);
  });
});
