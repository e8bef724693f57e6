import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterSubjects, eventSubject, routerDurable, routingSubject, streams } from '@cepro/contracts';
import { eventually, startProxy, type FaultProxy } from '@cepro/testkit';
import { Books, cleanAudit, shortRetries, System } from '../src/index.ts';

let system: System;
let proxy: FaultProxy;
let run = 0;

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': shortRetries },
    provision: { DELIVERY_SHARDS: '4' },
    through: async ({ natsUrl }) => {
      proxy = await startProxy({ target: natsUrl });
      return { 'event-router': { natsUrl: proxy.url } };
    },
  });
  // As an operator may: an event of a router that died comes again after two seconds, not after thirty.
  const jsm = await system.jsm;
  const { config } = await jsm.consumers.info(streams.events, routerDurable);
  await jsm.consumers.update(streams.events, routerDurable, { ...config, ack_wait: 2_000_000_000 });
});

afterAll(async () => {
  await system?.stop();
  await proxy?.stop();
});

describe('kill -9 of the router', () => {
  it.each([
    ['before it has scheduled anything', 'PUB webhooks.deliveries.', 1],
    ['between two deliveries of an event', 'PUB webhooks.deliveries.', 2],
    ['between deliveries of several events', 'PUB webhooks.deliveries.', 11],
    ['before it notes what became of the first event', `PUB ${routingSubject}`, 1],
    ['before it notes what became of a later event', `PUB ${routingSubject}`, 6],
    ['before it acknowledges the first event', `PUB $JS.ACK.${streams.events}.`, 1],
    ['before it acknowledges a later event', `PUB $JS.ACK.${streams.events}.`, 5],
  ])('%s loses no event and schedules none twice', async (_, pattern, nth) => {
    const books = await Books.open(system, `acct_router_${(run += 1)}`);
    const router = system.service('event-router');
    const reached = proxy.killOn({ pattern, nth, kill: () => router.kill() });
    await books.publish(8);
    await reached;
    expect(router.isRunning).toBe(false);

    // What is published while no router runs waits for the next one.
    await books.publish(2);
    await system.startService('event-router');
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('before it has put aside what it can not route leaves that to the next one', async () => {
    const jsm = await system.jsm;
    const { config } = await jsm.streams.info(streams.deadLetters);
    await jsm.streams.delete(streams.deadLetters);
    const { seq } = await system.js.publish(eventSubject('acct_router_garbage', 'invoice.paid'), 'no JSON');
    const router = system.service('event-router');
    await eventually(() => router.logs().some(({ msg, sequence }) => msg === 'a dead letter could not be stored; trying again' && sequence === seq));
    await router.kill();

    await jsm.streams.add(config);
    await system.startService('event-router');
    await eventually(async () => {
      const letter = await jsm.streams.getMessage(streams.deadLetters, { last_by_subj: deadLetterSubjects.event });
      expect(letter?.header.get('Webhook-Original-Sequence')).toBe(String(seq));
    });
  });
});
