import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProxy, type FaultProxy } from '@cepro/testkit';
import { Books, cleanAudit, shortRetries, System } from '../src/index.ts';

let system: System;
let proxy: FaultProxy;

beforeAll(async () => {
  system = await System.start({
    env: { 'delivery-worker': shortRetries },
    provision: { DELIVERY_SHARDS: '4' },
    through: async ({ databaseUrl }) => {
      proxy = await startProxy({ target: databaseUrl });
      return { 'log-query': { databaseUrl: proxy.url } };
    },
  });
});

afterAll(async () => {
  await system?.stop();
  await proxy?.stop();
});

describe('kill -9 of log-query inside its transaction', () => {
  it.each([
    ['before the rows of deliveries are written', 'INSERT INTO log.deliveries', 1],
    ['between deliveries and their attempts', 'INSERT INTO log.attempts', 2],
    ['between its rows and its position', 'SET position', 3],
    ['before the first commit', 'COMMIT', 1],
    ['before a later commit', 'COMMIT', 4],
  ])('%s leaves every attempt in the log once', async (_, pattern, nth) => {
    const books = await Books.open(system, `acct_log_${pattern.split(/[ .]/).at(-1)}_${nth}`);
    const log = system.service('log-query');
    const reached = proxy.killOn({ pattern, nth, kill: () => log.kill() });
    await books.publish(8);
    await reached;
    expect(log.isRunning).toBe(false);

    // Deliveries go on without the log, which catches up.
    await books.publish(2);
    await books.settled();
    await system.startService('log-query');
    expect(await books.audit()).toEqual(cleanAudit);
  });
});
