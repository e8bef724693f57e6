import { afterEach, describe, expect, it } from '@jest/globals';
import { configSubject, encodeEndpointEvents, eventTypes, newEndpointId, routerDurable, streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { Books, cleanAudit, problemsOf, said, shortRetries, System } from '../src/index.ts';

let system: System;

afterEach(async () => {
  await system?.stop();
});

/** An account of customers who have more endpoints than a small process can hold. */
const crowd = 'acct_crowd';

const smallRouter = { NODE_OPTIONS: '--max-old-space-size=48' };
const smallWorker = { NODE_OPTIONS: '--max-old-space-size=64' };

async function start(): Promise<void> {
  system = await System.start({
    env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' }, without: ['event-router', 'delivery-worker'],
  });
}

/** Writes the creation of so many endpoints, as config-api records it. */
async function fill(count: number): Promise<void> {
  const { js } = system;
  let left = count;
  const some = async () => {
    while (left > 0) {
      left -= 1;
      const at = new Date().toISOString();
      const url = `https://hooks.customer-${left}.example.com/cepro/webhooks`;
      await js.publish(configSubject(crowd, newEndpointId()), encodeEndpointEvents([
        { type: 'created', at, url, events: [...eventTypes], active: true, description: null, sealedSecret: 'x'.repeat(120) },
      ]));
    }
  };
  await Promise.all(Array.from({ length: 256 }, some));
}

const waiting = async () => {
  const { num_pending: unseen, num_ack_pending: inHand } = await (await system.jsm).consumers.info(streams.events, routerDurable);
  return unseen + inHand;
};

const needs = (megabytes: number) => `the configuration needs more memory than the ${megabytes} MiB of heap that this process may use: `
  + 'raise --max-old-space-size in NODE_OPTIONS, and the container\'s limit with it';

describe('a configuration that is too large for the memory', () => {
  it('is refused in words, by router and worker, without a crash; with more memory all that waited is delivered', async () => {
    await start();
    const books = await Books.open(system, 'acct_memory', [0, 2]);
    await fill(80_000);
    await books.publish(20);
    const [router, worker] = [await system.launch('event-router', smallRouter), await system.launch('delivery-worker', smallWorker)];
    await eventually(async () => expect(await problemsOf(router)).toEqual({ router: needs(48) }));
    await eventually(async () => expect(await problemsOf(worker)).toMatchObject({ configuration: needs(64) }));
    expect(await waiting()).toBe(20);
    expect(books.requests).toEqual([]);
    expect([router.isRunning, worker.isRunning]).toEqual([true, true]);
    expect(said(router, 'no events are taken')).toHaveLength(1);
    expect(said(worker, 'no deliveries are taken')).toHaveLength(1);
    expect(await Promise.all([router.stop(), worker.stop()])).toEqual([0, 0]);

    await Promise.all([system.startService('event-router'), system.startService('delivery-worker')]);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('and outgrows it while it is followed holds up what comes, until it has become smaller', async () => {
    await start();
    const books = await Books.open(system, 'acct_outgrown', [0, 2]);
    const [router, worker] = [await system.startService('event-router', smallRouter), await system.startService('delivery-worker', smallWorker)];
    await books.publish(5);
    await books.settled();

    await fill(80_000);
    await eventually(async () => expect(await problemsOf(router)).toEqual({ router: needs(48) }));
    await eventually(async () => expect(await problemsOf(worker)).toMatchObject({ configuration: needs(64) }));
    await books.publish(20);
    expect(await waiting()).toBe(20);

    await (await system.jsm).streams.purge(streams.config, { filter: configSubject(crowd, '*') });
    await Promise.all([router.ready(), worker.ready()]);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(said(router, 'the configuration is known again; taking events')).toHaveLength(1);
  });
});
