import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import { publishEvent, System, type ApiClient, type EndpointResource, type LogEntry } from '../src/index.ts';

// Four commands and as many starts of services, on a machine that may be busy.

let system: System;
let account: ApiClient;
/** Endpoints that are there, and one that was deleted. */
let endpoints: EndpointResource[];
let deleted: EndpointResource;
let deletedDeliveries: string[];

// The third attempt is due in an hour, so that a delivery can wait while everything is compared.
beforeAll(async () => {
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '200,3600000' } } });
  account = await system.account('acct_rebuilt');
  const at = (path: string) => system.receiver.at(path);
  const make = async (path: string, fields: { active?: boolean; description?: string; events?: string[] } = {}) => account.anEndpoint({ url: at(path).url, ...fields });
  const publish = (n: number) => publishEvent(system, { accountId: 'acct_rebuilt', data: `{"n":${n},"total":0.10,"id":12345678901234567890,"client_name":"Zoë"}` });

  const [good, waiting, off, gone] = [await make('/good', { description: 'Zoë\'s CRM' }), await make('/waiting'), await make('/off'), await make('/gone')];
  at('/good').answer((_request, nth) => (nth % 2 ? { body: Buffer.from([0xff, 0, 1]) } : { body: 'x'.repeat(20_000) }));
  at('/waiting').answer({ status: 503, body: 'later' });
  at('/off').answer({ status: 500, body: 'broken' });
  for (let n = 1; n <= 6; n++) await publish(n);
  const failures = await account.logged(off.id, 12);
  await account.logged(waiting.id, 12);
  await account.logged(good.id, 6);
  // Switched off and on, moved, tested, and off again.
  await account.call('PATCH', `/v1/webhooks/${off.id}`, { active: false });
  await account.call('PATCH', `/v1/webhooks/${off.id}`, { active: true, url: at('/off/moved').url });
  at('/off/moved').answer({ status: 410, body: 'gone' });
  await account.call('POST', `/v1/webhooks/${off.id}/test`);
  await account.call('POST', `/v1/webhooks/${good.id}/test`);
  await account.call('PATCH', `/v1/webhooks/${off.id}`, { active: false, events: ['lead.created', 'invoice.paid'] });
  deletedDeliveries = (await account.logged(gone.id, 6)).map(({ deliveryId }) => deliveryId);
  await account.call('DELETE', `/v1/webhooks/${gone.id}`);
  deleted = gone;
  expect(failures.at(-1)!.outcome).toBe('Retrying');
  // A delivery is cancelled when it is due again, which for those above is in an hour; here the endpoint is switched off
  // during the first attempt.
  const [cancelled, failed] = [await make('/cancelled', { events: ['lead.created'] }), await make('/failed', { events: ['lead.created'] })];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  for (const path of ['/cancelled', '/failed']) {
    at(path).answer(async () => {
      await held;
      return { status: 500, body: 'no' };
    });
  }
  await publishEvent(system, { accountId: 'acct_rebuilt', type: 'lead.created' });
  await Promise.all([at('/cancelled').waitFor(1, 30_000), at('/failed').waitFor(1, 30_000)]);
  for (const { id } of [cancelled, failed]) await account.call('PATCH', `/v1/webhooks/${id}`, { active: false });
  release();
  for (const { id } of [cancelled, failed]) await account.deliveryOnce((await account.logged(id, 1))[0]!.deliveryId, 'cancelled');
  // A manual retry is the only attempt of its kind, so that it fails for good.
  const { deliveryId } = (await account.logged(failed.id, 1))[0]!;
  await account.call('PATCH', `/v1/webhooks/${failed.id}`, { active: true });
  await account.call('POST', `/v1/deliveries/${deliveryId}/retry`);
  await account.logged(failed.id, 2);
  await account.deliveryOnce(deliveryId, 'failed');
  endpoints = [good, waiting, off, cancelled, failed];
});
afterAll(() => system?.stop());

/** Every page of a list, whole. */
async function pagesOf(path: string): Promise<unknown[]> {
  const pages: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body }: { status: number; body: { nextCursor: string | null } } = await account.call('GET', `${path}?limit=5${cursor && `&cursor=${cursor}`}`);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    pages.push(body);
    cursor = body.nextCursor;
  }
  return pages;
}

/** Everything that the API says of the account, complete: lists page by page, endpoints, every delivery in detail. */
async function everyAnswer(): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = { '/v1/webhooks': await pagesOf('/v1/webhooks') };
  const events = (await pagesOf('/v1/events')) as { data: { id: string }[] }[];
  answers['/v1/events'] = events;
  for (const { id } of events.flatMap(({ data }) => data)) answers[`/v1/events/${id}`] = (await account.call('GET', `/v1/events/${id}`)).body;
  for (const { id } of endpoints) {
    answers[`/v1/webhooks/${id}`] = (await account.call('GET', `/v1/webhooks/${id}`)).body;
    const pages = (await pagesOf(`/v1/webhooks/${id}/attempts`)) as { data: LogEntry[] }[];
    answers[`/v1/webhooks/${id}/attempts`] = pages;
    for (const { deliveryId } of pages.flatMap(({ data }) => data)) answers[`/v1/deliveries/${deliveryId}`] = await account.delivery(deliveryId);
  }
  for (const path of [`/v1/webhooks/${deleted.id}`, `/v1/webhooks/${deleted.id}/attempts`, ...deletedDeliveries.map((id) => `/v1/deliveries/${id}`)]) {
    const { status, body } = await account.call('GET', path);
    answers[path] = { status, body };
  }
  return answers;
}

/** What everything says once it says it twice in a row: projections of what has just happened may still be under way. */
async function settledAnswers(): Promise<Record<string, unknown>> {
  return await eventually(async () => {
    const answers = await everyAnswer();
    await sleep(500);
    expect(await everyAnswer()).toEqual(answers);
    return answers;
  });
}

async function rebuild(): Promise<void> {
  const [config, log] = [await system.run('config-api', 'dist/rebuild.js'), await system.run('log-query', 'dist/rebuild.js')];
  expect([config, log].map((lines) => lines.some((line) => line.includes('"done":true')))).toEqual([true, true]);
}

function expectRich(answers: Record<string, unknown>): void {
  const deliveries = Object.entries(answers).flatMap(([path, answer]) => {
    const isDelivery = path.startsWith('/v1/deliveries/') && 'request' in (answer as object);
    return isDelivery ? [answer as { status: string; test: boolean }] : [];
  });
  // All that there can be is there, or sameness would mean little.
  expect([...new Set(deliveries.map(({ status }) => status))].sort()).toEqual(['cancelled', 'failed', 'pending', 'succeeded']);
  expect(deliveries.filter(({ test }) => test)).toHaveLength(2);
  expect(deliveries).toHaveLength(6 + 6 + 6 + 2 + 2);
  const events = Object.entries(answers).flatMap(([path, answer]) => (
    path.startsWith('/v1/events/') ? [answer as { payload: string | null; endpoints: { verdict: string }[] }] : []
  ));
  expect(events).toHaveLength(6 + 1);
  expect(events.map(({ payload }) => payload)).not.toContain(null);
  expect([...new Set(events.flatMap(({ endpoints: each }) => each.map(({ verdict }) => verdict)))].sort()).toEqual([
    'created-later', 'deleted', 'inactive', 'not-subscribed', 'scheduled',
  ]);
}

it('rebuild: drop both schemas, run the rebuild command while the services run, same answers', async () => {
  const before = await settledAnswers();
  expectRich(before);
  await rebuild();
  await eventually(async () => expect(await everyAnswer()).toEqual(before));
  for (const app of ['config-api', 'log-query'] as const) await system.service(app).ready();
  // And the views go on from there.
  system.receiver.at('/good').answer({ status: 200 });
  const { data } = (await account.call<{ data: LogEntry[] }>('GET', `/v1/webhooks/${endpoints[0]!.id}/attempts?limit=100`)).body;
  await publishEvent(system, { accountId: 'acct_rebuilt', data: { n: 'after the rebuild' } });
  await account.logged(endpoints[0]!.id, data.length + 1);
});

it('rebuild: drop both schemas, run the rebuild command while the services are stopped, same answers', async () => {
  const before = await settledAnswers();
  for (const app of ['config-api', 'log-query'] as const) expect(await system.service(app).stop()).toBe(0);
  await rebuild();
  await Promise.all((['config-api', 'log-query'] as const).map((app) => system.startService(app)));
  await eventually(async () => expect(await everyAnswer()).toEqual(before));
});

it('rebuild: an account that writes meanwhile loses nothing', async () => {
  const busy = await system.account('acct_busy');
  const path = system.receiver.at('/busy');
  const { id } = await busy.anEndpoint({ url: path.url });
  let over = false;
  let published = 0;
  const publishing = (async () => {
    // A steady trickle, so that what comes before, during and after is a few hundred events on any machine.
    while (!over) {
      await publishEvent(system, { accountId: 'acct_busy', data: { n: ++published } });
      await sleep(25);
    }
  })();
  await rebuild();
  over = true;
  await publishing;
  await path.waitFor(published, 45_000);
  await eventually(async () => {
    const seen = new Set<string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: { data: LogEntry[]; nextCursor: string | null } } = await busy.call('GET', `/v1/webhooks/${id}/attempts?limit=100${cursor && `&cursor=${cursor}`}`);
      for (const entry of body.data) seen.add(`${entry.deliveryId}:${entry.attempt}`);
      cursor = body.nextCursor;
    }
    expect(seen.size).toBe(published);
  }, { intervalMs: 500 });
});
