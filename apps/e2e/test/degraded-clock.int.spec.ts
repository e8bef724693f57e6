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

async function start(apps: readonly App[], offMs: Partial<Record<App, number>> = {}): Promise<void> {
  const env = Object.fromEntries(await Promise.all(apps.map(async (app) => [app, await settable(app, offMs[app])] as const)));
  system = await System.start({ env, nodeArgs: Object.fromEntries(apps.map((app) => [app, [hook]])), provision: { DELIVERY_SHARDS: '4' } });
}

async function setClock(service: ServiceProcess, name: string, offMs: number): Promise<void> {
  await writeFile(fileOf(name), String(offMs));
  process.kill(service.pid, 'SIGUSR2');
  await eventually(() => expect(said(service, 'the clock was set').at(-1)).toMatchObject({ offMs }));
}

/** Waits until every delivery of the books has had its first attempt, which is recorded, and waits for the next. */
async function firstAttemptsMade(books: Books, count: number): Promise<void> {
  await eventually(() => expect(books.requests).toHaveLength(count));
  await eventually(async () => expect(await books.unrecorded()).toEqual([]));
}

describe('a worker whose clock is set while retries wait', () => {
  it.each([
    ['an hour ahead', 0, hourMs],
    ['an hour back', 0, -hourMs],
    ['two hours back, from one that was an hour ahead', hourMs, -hourMs],
  ])('%s makes them all, in time and under their numbers', async (_, before, after) => {
    await start(['delivery-worker'], { 'delivery-worker': before });
    const books = await Books.open(system, 'acct_clock', [1, 2, 4]);
    await books.publish(5);
    await firstAttemptsMade(books, 15);
    await setClock(system.service('delivery-worker'), 'delivery-worker', after);
    await books.publish(5);
    // Had they to wait for the hour, this would give up.
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});

describe('two workers whose clocks are an hour apart', () => {
  it.each([
    ['killed before the other takes over', 'kill'],
    ['stopped before the other takes over', 'stop'],
  ] as const)('hold no retry up: the one that is ahead is %s', async (_, end) => {
    await start(['delivery-worker'], { 'delivery-worker': hourMs });
    const books = await Books.open(system, 'acct_apart', [1, 2, 4]);
    await books.publish(5);
    await firstAttemptsMade(books, 15);
    const ahead = system.service('delivery-worker');
    await system.startService('delivery-worker', await settable('behind'));
    await ahead[end]();
    await books.publish(5);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});

describe('the other services', () => {
  it.each([['an hour ahead', hourMs], ['an hour behind', -hourMs]])('whose clocks are %s route, log and show everything once', async (_, offMs) => {
    const others = ['event-router', 'log-query', 'config-api'] as const;
    await start(others, { 'event-router': offMs });
    const books = await Books.open(system, 'acct_others', [0, 1]);
    await books.publish(3);
    for (const app of others) await setClock(system.service(app), app, offMs);
    await books.publish(3);
    await books.settled();
    for (const app of others) expect(await problemsOf(system.service(app))).toEqual({});

    // Tokens are judged by the service's clock and by nothing else.
    const statusWith = async (expiresInSeconds: number) => {
      const token = await anAccessToken({ accountId: 'acct_others', expiresInSeconds });
      const paths = ['/v1/webhooks', `/v1/webhooks/${books.endpoints[0]!.id}/attempts`];
      return await Promise.all(paths.map(async (each) => (await fetch(system.urlOf(each), { headers: { authorization: `Bearer ${token}` } })).status));
    };
    expect(await statusWith(2 * 3_600)).toEqual([200, 200]);
    expect(await statusWith(1_800)).toEqual(offMs > 0 ? [401, 401] : [200, 200]);
    expect(await statusWith(-1_800)).toEqual(offMs > 0 ? [401, 401] : [200, 200]);
    for (const app of others) await setClock(system.service(app), app, 0);
    expect(await books.audit()).toEqual(cleanAudit);
  });
});
