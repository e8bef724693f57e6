import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { dropSchema, migrate } from '@cepro/projection';
import { eventually, startProxy, type ServiceProcess } from '@cepro/testkit';
import { schema } from '../src/keep/schema.ts';
import { accountId, balanceOf, pageOf, World, type StoredEvent } from './world.ts';

let world: World;
let ledger: ServiceProcess | undefined;

beforeEach(async () => {
  world = await World.start();
  ledger = undefined;
});

afterEach(async () => {
  await world?.stop();
});

/** An event that went to an endpoint, with all that belongs to it. */
async function delivered(endpointId: string, configVersion: number): Promise<StoredEvent> {
  const event = await world.anEvent();
  const deliveryId = await world.schedule(event, endpointId, configVersion);
  await world.note(event, { configVersion, deliveries: 1 });
  await world.end(deliveryId, endpointId);
  return event;
}

const unaccounted = { unrouted: 0, unscheduled: 0, unwarranted: 0, unfinished: 0, doubled: 0, unreasoned: 0, unreadable: 0 };

describe('the ledger', () => {
  it('finds that everything adds up, as figures, as metrics and by its command', async () => {
    const endpointId = await world.anEndpoint();
    await delivered(endpointId, 1);
    const pending = await world.anEvent();
    await world.schedule(pending, endpointId, 1);
    await world.note(pending, { configVersion: 1, deliveries: 1 });
    const garbage = await world.anEvent();
    await world.bury(garbage, 'bad-timestamp');
    await world.note(garbage, { configVersion: 1, deliveries: 0, fault: 'bad-timestamp' });
    await world.anEvent();
    ledger = await world.startLedger();
    await ledger.ready();
    expect(await balanceOf(ledger)).toMatchObject({
      balanced: true, unaccounted, examples: [],
      events: { routed: 2, waiting: 1, unusable: { 'bad-timestamp': 1 } },
      deliveries: { expected: 2, byEvent: { ordered: 2, pending: 1, ended: { succeeded: 1 } }, byHand: { ordered: 0 } },
      deadLetters: { 'bad-timestamp': 1 },
    });
    const metrics = await pageOf<string>(ledger, 'metrics');
    for (const kind of Object.keys(unaccounted)) expect(metrics).toContain(`webhooks_ledger_unaccounted{kind="${kind}"} 0`);
    expect(metrics).toContain('webhooks_ledger_deliveries{by="event",state="succeeded"} 1');
    expect(metrics).toContain('webhooks_ledger_events{state="waiting"} 1');
    const { code, text } = await world.check();
    expect(text).toContain('everything is accounted for');
    expect(text).toMatch(/deliveries, pending +1\n/);
    expect(code).toBe(0);
  });

  it('names everything that does not add up, each by its kind', async () => {
    const [endpointId, other] = [await world.anEndpoint(), await world.anEndpoint(['lead.created'])];
    const [unrouted, unscheduled, unfinished, unwarranted, unreasoned] = [
      await world.anEvent(), await world.anEvent(), await world.anEvent(), await world.anEvent(), await world.anEvent(),
    ];
    await world.note(unscheduled, { configVersion: 2, deliveries: 1 });
    const [left, wrong] = [await world.schedule(unfinished, endpointId, 2), await world.schedule(unwarranted, other, 2)];
    await world.note(unfinished, { configVersion: 2, deliveries: 1 });
    await world.end(wrong, other);
    await world.end(await world.schedule(unwarranted, endpointId, 2), endpointId);
    await world.note(unwarranted, { configVersion: 2, deliveries: 2 });
    await world.note(unreasoned, { configVersion: 2, deliveries: 0, fault: 'not-json' });
    ledger = await world.startLedger();
    await ledger.ready();
    // All of it might still come, but for what is wrong already.
    expect((await balanceOf(ledger)).unaccounted).toEqual({ ...unaccounted, unscheduled: 1, unwarranted: 1, unreasoned: 1 });

    await world.settle();
    const balance = await eventually(async () => {
      const drawn = await balanceOf(ledger!);
      if (drawn.unaccounted.unfinished === 0) throw new Error('not seen yet');
      return drawn;
    });
    expect(balance.unaccounted).toEqual({ ...unaccounted, unrouted: 1, unscheduled: 1, unwarranted: 1, unfinished: 1, unreasoned: 1 });
    expect(balance.examples).toContainEqual(expect.objectContaining({ kind: 'unfinished', deliveryId: left, eventId: unfinished.eventId }));
    expect(await pageOf<string>(ledger, 'metrics')).toContain('webhooks_ledger_unaccounted{kind="unrouted"} 1');
    expect(ledger.logs().some(({ level, msg }) => level === 'error' && String(msg).startsWith('something is not accounted for'))).toBe(true);

    const { code, text } = await world.check();
    expect(code).toBe(1);
    expect(text).toContain(`event ${unrouted.sequence}, ${unrouted.eventId} on cepro.events.${accountId}.invoice.paid, was acknowledged`);
    expect(text).toContain(`event ${unscheduled.eventId} (2) matched ${endpointId}, and no delivery was scheduled`);
    expect(text).toContain(`delivery ${left} `);
    expect(text).toContain(`delivery ${wrong} `);
    expect(text).toContain(`event ${unreasoned.sequence} was put aside, and no dead letter says why`);
    expect(text).toContain('NOT everything is accounted for');

    // What was missing comes after all, as from a router that had stood still.
    await world.bury(unreasoned, 'not-json');
    await world.end(left, endpointId, 'Failed');
    await world.end(await world.schedule(unscheduled, endpointId, 2), endpointId);
    await world.end(await world.schedule(unrouted, endpointId, 2), endpointId);
    await world.note(unrouted, { configVersion: 2, deliveries: 1 });
    await world.configure(other, { type: 'deleted', at: new Date().toISOString() });
    await eventually(async () => expect(await balanceOf(ledger!)).toMatchObject({ balanced: true, unaccounted }));
    expect((await world.check()).code).toBe(0);
    expect(ledger.logs().some(({ msg }) => msg === 'everything is accounted for again')).toBe(true);
  });

  it('begins with the events after those that were routed before routings were noted', async () => {
    const jsm = await world.js.jetstreamManager(false);
    await world.anEvent();
    await world.settle();
    const { config } = await jsm.streams.info(streams.routings);
    await jsm.streams.update(streams.routings, { ...config, metadata: { ...config.metadata, 'cepro-first-event': '2' } });
    const endpointId = await world.anEndpoint();
    await delivered(endpointId, 1);
    await world.settle();
    expect((await world.check()).code).toBe(0);
    ledger = await world.startLedger();
    await ledger.ready();
    expect(await balanceOf(ledger)).toMatchObject({ balanced: true, events: { routed: 1, waiting: 0 } });
  });
});

describe('a ledger that is killed', () => {
  it.each([1, 2, 3, 4, 5])('while it keeps its books (%i) goes on without losing or doubling anything', async (nth) => {
    const proxy = await startProxy({ target: world.databaseUrl });
    try {
      const endpointId = await world.anEndpoint();
      const first = await world.startLedger({ DATABASE_URL: proxy.url, LEDGER_INTERVAL_MS: '100' });
      const reached = proxy.killOn({ pattern: 'COMMIT', nth: 2 + nth, kill: () => first.kill() });
      for (let count = 0; count < 20; count += 1) await delivered(endpointId, 1);
      const open = await world.anEvent();
      await world.schedule(open, endpointId, 1);
      await world.note(open, { configVersion: 1, deliveries: 1 });
      await reached;
      for (let count = 0; count < 5; count += 1) await delivered(endpointId, 1);

      ledger = await world.startLedger();
      await ledger.ready();
      expect(await balanceOf(ledger)).toMatchObject({
        balanced: true, events: { routed: 26, waiting: 0 }, deliveries: { expected: 26, byEvent: { ordered: 26, pending: 1, ended: { succeeded: 25 } } },
      });
    } finally {
      await proxy.stop();
    }
  });
});

describe('the books', () => {
  let endpointId: string;

  beforeEach(async () => {
    endpointId = await world.anEndpoint();
    for (let count = 0; count < 3; count += 1) await delivered(endpointId, 1);
  });

  const drawn = { balanced: true, events: { routed: 3 }, deliveries: { expected: 3, byEvent: { ordered: 3, ended: { succeeded: 3 } } } };
  const revision = async () => Number((await world.database.query<{ revision: string }[]>('SELECT revision FROM ledger.books'))[0]?.revision ?? 0);

  it('begin anew when their tables are dropped', async () => {
    ledger = await world.startLedger();
    await ledger.ready();
    await eventually(async () => (await revision()) > 1);
    await dropSchema(world.database, schema);
    await migrate(world.database, schema);
    await eventually(async () => (await revision()) > 1);
    await eventually(async () => expect(await balanceOf(ledger!)).toMatchObject(drawn));
  });

  it('are not gone on with when a stream has lost what is in them', async () => {
    ledger = await world.startLedger();
    await ledger.ready();
    await balanceOf(ledger);
    const jsm = await world.js.jetstreamManager(false);
    const { config } = await jsm.streams.info(streams.routings);
    await jsm.streams.delete(streams.routings);
    await jsm.streams.add(config);
    await eventually(async () => expect(await pageOf(ledger!, 'health/ready')).toMatchObject({
      problems: { balance: expect.stringContaining('WEBHOOK_ROUTINGS was read up to 3, and ends at 0') },
    }));
  });

  it('are kept by one process at a time', async () => {
    const ledgers = [await world.startLedger(), await world.startLedger()];
    for (const each of ledgers) await each.ready();
    await delivered(endpointId, 1);
    await eventually(async () => expect(ledgers.flatMap((each) => each.logs()).some(({ msg }) => msg === 'beginning anew with the books as they are kept')).toBe(true));
    await ledgers[1]!.stop();
    await eventually(async () => expect(await balanceOf(ledgers[0]!)).toMatchObject({
      balanced: true, events: { routed: 4 }, deliveries: { expected: 4, byEvent: { ordered: 4, ended: { succeeded: 4 } } },
    }));
  });

  it('wait for a database that is away, while balances are drawn', async () => {
    const proxy = await startProxy({ target: world.databaseUrl });
    ledger = await world.startLedger({ DATABASE_URL: proxy.url });
    await ledger.ready();
    proxy.cut();
    await delivered(endpointId, 1);
    await eventually(async () => expect(await balanceOf(ledger!)).toMatchObject({ balanced: true, events: { routed: 4 } }));
    await eventually(async () => expect(await pageOf(ledger!, 'health/ready')).toMatchObject({ problems: { books: expect.any(String) } }));
    proxy.restore();
    await ledger.ready();
    await proxy.stop();
  });
});
