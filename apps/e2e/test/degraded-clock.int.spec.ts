import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anAccessToken, eventually, type ServiceProcess } from '@cepro/testkit';
import { Books, cleanAudit, problemsOf, said, System, type App } from '../src/index.ts';

const hourMs = 3_600_000;
const hook = `--import=${new URL('./support/set-clock.mjs', import.meta.url).href}`;

let system: System;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cepro-clock-'));
});

afterEach(async () => {
  await system?.stop();
  await rm(dir, { recursive: true, force: true });
});

const fileOf = (name: string) => path.join(dir, name);

/** What a service is started with whose clock can be set; it begins `offMs` off. */
async function settable(name: string, offMs = 0): Promise<Record<string, string>> {
  await writeFile(fileOf(name), String(offMs));
  return { CLOCK_FILE: fileOf(name), DELIVERY_RETRY_DELAYS_MS: '4000,2000,2000', DELIVERY_TIMEOUT_MS: '60000' };
}

async function start(apps: readonly App[], offMs: Partial<Record<App, number>> = {}, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = Object.fromEntries(await Promise.all(apps.map(async (app) => [app, { ...(await settable(app, offMs[app])), ...more }] as const)));
  system = await System.start({ env, nodeArgs: Object.fromEntries(apps.map((app) => [app, [hook]])), provision: { DELIVERY_SHARDS: '4' } });
}

async function setClock(service: ServiceProcess, name: string, offMs: number): Promise<void> {
  await writeFile(fileOf(name), String(offMs));
  process.kill(service.pid, 'SIGUSR2');
  await eventually(() => expect(said(service, 'the clock was set').at(-1)).toMatchObject({ offMs }));
}

/** Waits until every delivery of so many events has had its first attempt, which is recorded. */
async function firstAttemptsMade(books: Books, events: number): Promise<void> {
  await eventually(() => expect(books.requests.filter(({ headers }) => headers['x-webhook-attempt'] === '1')).toHaveLength(events * books.endpoints.length));
  await eventually(async () => expect(await books.unrecorded()).toEqual([]));
}

describe('a worker whose clock is set while retries wait', () => {
  it('an hour ahead, and then two hours back, makes them all, in time and under their numbers', async () => {
    await start(['delivery-worker']);
    const books = await Books.open(system, 'acct_clock', [1, 2, 4]);
    await books.publish(5);
    await firstAttemptsMade(books, 5);
    await setClock(system.service('delivery-worker'), 'delivery-worker', hourMs);
    await books.publish(5);
    await firstAttemptsMade(books, 10);
    await setClock(system.service('delivery-worker'), 'delivery-worker', -hourMs);
    await books.publish(5);
    // Had they to wait for the hour, this would give up.
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});

describe('two workers whose clocks are an hour apart', () => {
  it('hold no retry up when the one that is ahead is killed and the other takes over', async () => {
    // Longer than it takes to kill somebody, so that nothing is in flight at that moment.
    const delays = { DELIVERY_RETRY_DELAYS_MS: '20000,2000,2000' };
    await start(['delivery-worker'], { 'delivery-worker': hourMs }, delays);
    const ahead = system.service('delivery-worker');
    const behind = await system.startService('delivery-worker', { ...(await settable('behind')), ...delays });
    const books = await Books.open(system, 'acct_apart', [1, 2, 4]);
    await books.publish(10);
    await firstAttemptsMade(books, 10);
    const attemptsOf = (worker: ServiceProcess) => said(worker, 'attempt').length;
    expect(attemptsOf(ahead)).toBeGreaterThan(0);
    await ahead.kill();
    const before = attemptsOf(behind);
    await books.publish(5);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect(attemptsOf(behind)).toBeGreaterThan(before + 15);
  });
});

describe('the other services', () => {
  it('whose clocks are an hour ahead, and then an hour behind, route, log and show everything once', async () => {
    const others = ['event-router', 'log-query', 'config-api'] as const;
    await start(others);
    const books = await Books.open(system, 'acct_others', [0, 1]);
    const setAll = (offMs: number) => Promise.all(others.map((app) => setClock(system.service(app), app, offMs)));
    // Tokens are judged by the service's clock and by nothing else.
    const statusWith = async (expiresInSeconds: number) => {
      const token = await anAccessToken({ accountId: 'acct_others', expiresInSeconds });
      const paths = ['/v1/webhooks', `/v1/webhooks/${books.endpoints[0]!.id}/attempts`];
      return await Promise.all(paths.map(async (each) => (await fetch(system.urlOf(each), { headers: { authorization: `Bearer ${token}` } })).status));
    };
    await books.publish(3);
    for (const [offMs, withHalfAnHour, halfAnHourAgo] of [[hourMs, 401, 401], [-hourMs, 200, 200]] as const) {
      await setAll(offMs);
      await books.publish(3);
      await books.settled();
      for (const app of others) expect(await problemsOf(system.service(app))).toEqual({});
      expect(await statusWith(2 * 3_600)).toEqual([200, 200]);
      expect(await statusWith(1_800)).toEqual([withHalfAnHour, withHalfAnHour]);
      expect(await statusWith(-1_800)).toEqual([halfAnHourAgo, halfAnHourAgo]);
    }
    await setAll(0);
    expect(await statusWith(-1_800)).toEqual([401, 401]);
    expect(await books.audit()).toEqual(cleanAudit);
  });
});
