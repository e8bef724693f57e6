import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configSubject, newTestDeliveryId, notificationSubjects, streams } from '@cepro/contracts';
import { findStored } from '@cepro/jetstream';
import { eventually, forgetMessageIds, startProxy, type FaultProxy } from '@cepro/testkit';
import { jetstream } from '@nats-io/jetstream';
import { attempted, toldOf, typesToldOf, type AttemptFields } from './attempts.ts';
import { anAccount, as, launch, startReady, startWorld, url, type Call, type Service, type World } from './harness.ts';
import { run, startProcess } from './processes.ts';

const fast = { AUTO_DISABLE_CHECK_MS: '100' };

let world: World;
let account: string;
let call: Call;
let services: Service[];
const cleanUps: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  world = await startWorld();
  account = anAccount();
  services = [];
});
afterEach(async () => {
  await stopServices();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await world.stop();
});

async function start(count: number, env: Record<string, string> = fast): Promise<void> {
  services = await Promise.all(Array.from({ length: count }, () => startReady({ ...world.env, ...env })));
  call = await as(services[0]!, account);
}

async function stopServices(): Promise<void> {
  await Promise.all(services.splice(0).map((service) => service.stop()));
}

const created = async () => (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body.id;
const record = (endpointId: string, fields: Partial<AttemptFields>) => attempted(world, { accountId: account, endpointId, outcome: 'Failed', ...fields });
const told = (id: string, ...types: string[]) => eventually(async () => expect(await typesToldOf(world, id)).toEqual(types));

/** From here on, whatever was to be told of attempts recorded before has been told. */
async function looked(): Promise<void> {
  const id = await created();
  await record(id, {});
  await told(id, 'webhook.failing');
}

/** Brings the stream to where it is after its dedupe window, so that the server no longer drops what is told twice. */
async function afterTheDedupeWindow(): Promise<void> {
  const js = jetstream(world.connection);
  const last = await world.jsm.streams.getMessage(streams.notifications, { last_by_subj: notificationSubjects() });
  const msgId = last!.header.get('Nats-Msg-Id');
  const window = { stream: streams.notifications, subject: last!.subject, msgId, since: Date.now() };
  await forgetMessageIds(world.jsm, streams.notifications, async () => (await findStored(js, window)) !== undefined);
}

describe('CE Pro is told', () => {
  it('that an endpoint fails, and that it has recovered, once each, by two replicas', async () => {
    await start(2);
    const ids = await Promise.all(Array.from({ length: 5 }, created));
    const [first, ...others] = ids as [string, ...string[]];
    const deliveryId = newTestDeliveryId();
    const startedAt = new Date().toISOString();
    await record(first, { outcome: 'Retrying', deliveryId, startedAt });
    await looked();
    // A retry is due: that is no reason to alarm anybody.
    expect(await toldOf(world, first)).toEqual([]);

    const endedAt = new Date().toISOString();
    await record(first, { deliveryId, attempt: 2, startedAt: endedAt });
    for (const id of others) await record(id, {});
    for (const id of ids) await told(id, 'webhook.failing');
    expect(await toldOf(world, first)).toEqual([{
      id: expect.stringContaining(first), type: 'webhook.failing', accountId: account, endpointId: first, host: '127.0.0.1:8443', since: startedAt, at: endedAt,
      failedDeliveries: 1,
    }]);
    for (const id of ids) await record(id, {});
    await looked();

    const recoveredAt = new Date().toISOString();
    for (const id of ids) await record(id, { outcome: 'Success', startedAt: recoveredAt });
    for (const id of ids) await told(id, 'webhook.failing', 'webhook.recovered');
    expect((await toldOf(world, first)).at(-1)).toEqual({
      id: expect.stringContaining(first), type: 'webhook.recovered', accountId: account, endpointId: first, host: '127.0.0.1:8443', since: startedAt, at: recoveredAt,
    });
    for (const id of ids) await record(id, { outcome: 'Success' });
    await looked();
    for (const id of ids) expect(await typesToldOf(world, id)).toEqual(['webhook.failing', 'webhook.recovered']);
  });

  it('in messages whose id is theirs, on the account\'s subjects', async () => {
    await start(1);
    const id = await created();
    await record(id, {});
    await told(id, 'webhook.failing');
    const message = await world.jsm.streams.getMessage(streams.notifications, { last_by_subj: '>' });
    expect(message).toMatchObject({ subject: `cepro.notifications.${account}.webhook.failing` });
    expect(message!.header.get('Nats-Msg-Id')).toBe((await toldOf(world, id))[0]!.id);
  });

  it('that the system has switched an endpoint off, even if it is on again', async () => {
    await start(1);
    const id = await created();
    const at = new Date().toISOString();
    await jetstream(world.connection).publish(configSubject(account, id), JSON.stringify([{ type: 'disabled', at, reason: 'failing' }, { type: 'enabled', at: new Date().toISOString() }]));
    await told(id, 'webhook.disabled');
    expect(await toldOf(world, id)).toMatchObject([{ reason: 'failing', since: at, at, failedDeliveries: 0 }]);
  });

  it('nothing of what an admin switches off', async () => {
    await start(1);
    const id = await created();
    await call('PATCH', `/v1/webhooks/${id}`, { active: false });
    await record(id, {});
    await looked();
    expect(await toldOf(world, id)).toEqual([]);
  });

  it('nothing twice after a restart, the dedupe window, a rebuild and an endpoint\'s deletion', async () => {
    await start(2);
    const [failing, recovered, gone] = [await created(), await created(), await created()];
    for (const id of [failing, recovered]) await record(id, {});
    for (let n = 0; n < 3; n += 1) await record(gone, { outcome: 'Retrying', statusCode: 410 });
    await told(recovered, 'webhook.failing');
    await record(recovered, { outcome: 'Success' });
    const before = { [failing]: ['webhook.failing'], [recovered]: ['webhook.failing', 'webhook.recovered'], [gone]: ['webhook.disabled'] };
    const expectSame = async () => {
      for (const [id, types] of Object.entries(before)) await told(id, ...types);
      await looked();
      for (const [id, types] of Object.entries(before)) expect([id, await typesToldOf(world, id)]).toEqual([id, types]);
    };
    await expectSame();
    await afterTheDedupeWindow();
    await expectSame();

    await stopServices();
    await start(2);
    await expectSame();

    const { NATS_URL, DATABASE_URL } = world.env;
    expect(await run('rebuild', { NATS_URL: NATS_URL!, DATABASE_URL: DATABASE_URL! })).toMatchObject({ code: 0 });
    await eventually(async () => expect((await call('GET', '/v1/webhooks')).body.data.length).toBeGreaterThan(3));
    await expectSame();

    const notices = () => world.source.query('SELECT type FROM config.endpoint_notices WHERE endpoint_id = $1', [failing]);
    expect(await notices()).toEqual([{ type: 'webhook.failing' }]);
    await call('DELETE', `/v1/webhooks/${failing}`);
    await eventually(async () => expect(await notices()).toEqual([]));
    await expectSame();
    expect(await notices()).toEqual([]);
  });

  it('when NATS is back', async () => {
    const proxy = await startProxy({ target: world.nats.url });
    cleanUps.push(() => proxy.stop());
    await start(1, { ...fast, NATS_URL: proxy.url });
    const id = await created();
    proxy.cut();
    await eventually(() => expect(services[0]!.problems()).toHaveProperty('nats'));
    await record(id, {});
    await record(id, {});
    proxy.restore();
    await told(id, 'webhook.failing');
    expect(await toldOf(world, id)).toMatchObject([{ failedDeliveries: 2 }]);
  });

  it('nothing while the stream is not there, and the service says what is missing', async () => {
    await world.jsm.streams.delete(streams.notifications);
    const service = await launch({ ...world.env, ...fast });
    services.push(service);
    await eventually(() => expect(service.problems()['streams']).toContain('stream CEPRO_NOTIFICATIONS'));
  });
});

describe('a process that dies', () => {
  const pattern = 'PUB cepro.notifications.';
  it.each([
    ['before it tells', 0, (proxy: FaultProxy, kill: () => Promise<void>) => proxy.killOn({ pattern, kill })],
    ['before it knows that it has told', 1, async (proxy: FaultProxy, kill: () => Promise<void>) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const stopLooking = proxy.onClientBytes((bytes) => {
        if (!bytes.includes(pattern)) return;
        stopLooking();
        // The bytes are passed on right after this, and nothing of what the server answers is before the connection breaks.
        setImmediate(() => {
          proxy.cut();
          proxy.restore();
          void eventually(async () => expect((await world.jsm.streams.info(streams.notifications)).state.messages).toBe(1)).then(kill).then(resolve);
        });
      });
      await promise;
    }],
  ] as const)('%s leaves it to the next one, and nothing is told twice', async (_when, stored, dieWhen) => {
    // The endpoint is made by a service that looks at nothing.
    await start(1, { AUTO_DISABLE_CHECK_MS: '86400000' });
    const id = await created();
    const proxy = await startProxy({ target: world.nats.url });
    cleanUps.push(() => proxy.stop());
    const { MANAGEMENT_PORT: _, ...env } = world.env;
    const doomed = await startProcess('main', { ...env, ...fast, NATS_URL: proxy.url });
    cleanUps.push(async () => { if (doomed.isRunning) await doomed.kill(); });
    await doomed.ready();
    const dead = dieWhen(proxy, async () => void (await doomed.kill()));
    await record(id, {});
    await dead;
    expect((await world.jsm.streams.info(streams.notifications)).state.messages).toBe(stored);
    if (stored > 0) await afterTheDedupeWindow();
    await stopServices();
    await start(2);
    await told(id, 'webhook.failing');
    await looked();
    expect(await typesToldOf(world, id)).toEqual(['webhook.failing']);
  });
});

it('a process that stood still between looking and telling does not tell what another one has told meanwhile', async () => {
  await start(1, { AUTO_DISABLE_CHECK_MS: '86400000' });
  const id = await created();
  // The server forgets ids at once, so that it is not what keeps the news from being stored twice.
  const { config } = await world.jsm.streams.info(streams.notifications);
  await world.jsm.streams.update(streams.notifications, { ...config, duplicate_window: 100_000_000 });
  const proxy = await startProxy({ target: world.nats.url });
  cleanUps.push(() => proxy.stop());
  const { MANAGEMENT_PORT: _, ...env } = world.env;
  const slow = await startProcess('main', { ...env, ...fast, NATS_URL: proxy.url });
  cleanUps.push(async () => { if (slow.isRunning) await slow.kill(); });
  await slow.ready();
  const { promise: still, resolve } = Promise.withResolvers<void>();
  const stopLooking = proxy.onClientBytes((bytes) => {
    // It has seen that there is news, and asks what the account was told last.
    if (!bytes.includes(`"last_by_subj":"${notificationSubjects(account)}"`)) return;
    stopLooking();
    resolve(slow.pause());
  });
  await record(id, {});
  await still;
  services.push(await startReady({ ...world.env, ...fast }));
  await told(id, 'webhook.failing');
  await sleep(250);
  let looks = 0;
  proxy.onClientBytes((bytes) => { if (bytes.includes(`$JS.API.STREAM.MSG.GET.${streams.notifications}`)) looks += 1; });
  slow.resume();
  // It has gone on with what it was about to do, and looks again.
  await eventually(() => expect(looks).toBeGreaterThan(3));
  expect(await typesToldOf(world, id)).toEqual(['webhook.failing']);
});
