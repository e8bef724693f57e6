import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveryFactSubjects, eventSubject, streams } from '@cepro/contracts';
import { eventually, startService, type ServiceProcess } from '@cepro/testkit';
import { Books, cleanAudit, publishEvent, routed, shortRetries, System } from '../src/index.ts';

interface Balance {
  readonly at: string;
  readonly balanced: boolean;
  readonly events: { readonly routed: number; readonly waiting: number; readonly unusable: Record<string, number> };
  readonly deliveries: { readonly expected: number; readonly byEvent: Orders; readonly byHand: Orders };
}
interface Orders {
  readonly ordered: number;
  readonly pending: number;
  readonly ended: Record<string, number>;
}

let system: System;
let ledger: ServiceProcess;

const env = () => ({ NATS_URL: system.nats.url, DATABASE_URL: system.database.url, MANAGEMENT_HOST: '127.0.0.1', LEDGER_INTERVAL_MS: '200' });

async function startLedger(): Promise<void> {
  ledger = await startService({ app: 'ledger', env: env() });
}

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': { ...shortRetries, DELIVERY_CIRCUIT_FAILURES: '3' } },
    provision: { DELIVERY_SHARDS: '4', DELIVERY_ACK_WAIT_MS: '2000' },
  });
  const { code } = await (await startService({ app: 'ledger', entry: 'dist/migrate.js', env: env() })).exited;
  expect(code).toBe(0);
  await startLedger();
});

afterAll(async () => {
  if (ledger?.isRunning) await ledger.kill();
  await system?.stop();
});

/** The ledger's balance, once it is of after the call. */
async function balance(): Promise<Balance> {
  const since = new Date().toISOString();
  return await eventually(async () => {
    const drawn = (await (await fetch(`http://127.0.0.1:${ledger.managementPort}/ledger`)).json()) as Balance;
    if (drawn.at <= since) throw new Error('no balance was drawn since');
    return drawn;
  });
}

async function check(): Promise<{ code: number; text: string }> {
  const command = await startService({ app: 'ledger', entry: 'dist/check.js', env: { NATS_URL: system.nats.url } });
  const { code } = await command.exited;
  return { code, text: command.lines.join('\n') };
}

/** How many messages of a kind the deliveries' stream holds. */
async function stored(fact: Parameters<typeof deliveryFactSubjects>[0]): Promise<number> {
  const { state } = await (await system.jsm).streams.info(streams.deliveries, { subjects_filter: deliveryFactSubjects(fact) });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

const settled = () => eventually(async () => {
  const drawn = await balance();
  if (drawn.events.waiting + drawn.deliveries.byEvent.pending + drawn.deliveries.byHand.pending > 0) throw new Error('something is under way');
  return drawn;
});

describe('the ledger of the whole line', () => {
  it('accounts for everything, while workers, routers and itself are killed', async () => {
    const books = await Books.open(system, 'acct_ledger', [0, 0, 2, 4]);
    for (const app of ['delivery-worker', 'event-router', 'delivery-worker'] as const) {
      await books.publish(15);
      await system.service(app).kill();
      await ledger.kill();
      await system.startService(app);
      await startLedger();
    }
    await books.settled();
    expect(await books.audit()).toMatchObject({ ...cleanAudit, sentTwice: expect.any(Array) });
    const drawn = await settled();
    expect(drawn).toMatchObject({
      balanced: true, events: { routed: 45, waiting: 0 },
      deliveries: { expected: 180, byEvent: { ordered: 180, ended: { succeeded: 135, failed: 45 } } },
    });
    expect(await stored('diverted')).toBeGreaterThan(0);
    expect(await check()).toMatchObject({ code: 0, text: expect.stringContaining('everything is accounted for') });
  });

  it('knows retries by hand, cancelled and erased deliveries, events for nobody, and garbage', async () => {
    const before = await settled();
    const account = await system.account('acct_ledger_kinds');
    const busy = system.receiver.at('/busy');
    busy.answer(() => ({ status: 500 }));
    const [endpoint, erased] = [await account.anEndpoint({ url: busy.url }), await account.anEndpoint({ url: busy.url })];
    await publishEvent(system, { accountId: account.accountId });
    await publishEvent(system, { accountId: account.accountId, type: 'lead.created' });
    await publishEvent(system, { accountId: 'acct_nobody' });
    await system.js.publish(eventSubject(account.accountId, 'invoice.paid'), 'garbage');
    await routed(system);
    const failed = await eventually(async () => {
      const [entry] = await account.log(endpoint.id);
      if (entry?.outcome !== 'Failed') throw new Error('it has not failed yet');
      return entry;
    });
    // The other one as well, before the receiver answers otherwise.
    await eventually(async () => (await account.log(erased.id))[0]?.outcome === 'Failed');
    busy.answer(() => ({ status: 200 }));
    expect((await account.call('POST', `/v1/deliveries/${failed.deliveryId}/retry`)).status).toBe(202);
    await eventually(async () => (await account.log(endpoint.id))[0]?.outcome === 'Success');

    // One is cancelled with its retry due; the other one's history is erased with it.
    busy.answer(() => ({ status: 500 }));
    await publishEvent(system, { accountId: account.accountId });
    await eventually(async () => (await account.log(endpoint.id))[0]?.outcome === 'Retrying' && (await account.log(erased.id))[0]?.outcome === 'Retrying');
    await Promise.all([account.call('PATCH', `/v1/webhooks/${endpoint.id}`, { active: false }), account.call('DELETE', `/v1/webhooks/${erased.id}`)]);
    const after = await settled();
    expect(after.balanced).toBe(true);
    const gained = (what: (drawn: Balance) => number | undefined) => (what(after) ?? 0) - (what(before) ?? 0);
    expect(gained(({ events }) => events.routed)).toBe(4);
    expect(after.events.unusable).toEqual({ 'not-json': 1 });
    expect(gained(({ deliveries }) => deliveries.byEvent.ordered)).toBe(4);
    expect(gained(({ deliveries }) => deliveries.byEvent.ended['cancelled: endpoint-disabled'])).toBe(1);
    expect(gained(({ deliveries }) => deliveries.byEvent.ended['failed'])).toBe(2);
    expect(gained(({ deliveries }) => deliveries.byEvent.ended['erased'])).toBe(1);
    expect(after.deliveries.byHand).toMatchObject({ ordered: 1, ended: { succeeded: 1 } });
    // By the streams alone, in which nothing is left of what was erased.
    expect((await check()).code).toBe(0);
  });

  it('names what is lost', async () => {
    const books = await Books.open(system, 'acct_ledger_loss', [0]);
    const jsm = await system.jsm;
    await system.service('delivery-worker').stop();
    await books.publish(2);
    await routed(system);
    // By hand, as nobody should: the workers never see one of the two.
    const last = await jsm.streams.getMessage(streams.deliveries, { last_by_subj: deliveryFactSubjects('scheduled') });
    await jsm.streams.deleteMessage(streams.deliveries, last!.seq);
    await system.startService('delivery-worker');
    const deliveryId = last!.header.get('Nats-Msg-Id');
    await eventually(async () => expect((await check()).text).toContain(`${deliveryId} is missing`));
    expect((await check()).code).toBe(1);
  });
});
