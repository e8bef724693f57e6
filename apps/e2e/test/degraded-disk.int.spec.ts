import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import pg from 'pg';
import { Books, canHaveSmallDisk, cleanAudit, problemsOf, shortRetries, startSmallDisk, System, type SmallDisk } from '../src/index.ts';

let disk: SmallDisk;
let system: System;
let books: Books;

// Without a file system of one's own there is nothing to fill.
const describeOnDisk = canHaveSmallDisk() ? describe : describe.skip;

describeOnDisk('a Postgres whose disk is full', () => {
  beforeEach(async () => {
    disk = await startSmallDisk(192);
    system = await System.start({ env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' }, database: disk.database });
    books = await Books.open(system, 'acct_disk', [0, 2]);
    await books.publish(3);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  afterEach(async () => {
    await system?.stop();
    await disk?.stop();
  });

  const logOf = () => books.account.call('GET', `/v1/webhooks/${books.endpoints[0]!.id}/attempts`);

  it('is waited for by the log, which says so; deliveries and changes go on, what was stored can be read, and all is caught up with', async () => {
    const [log, api] = [system.service('log-query'), system.service('config-api')];
    await disk.fill();
    await books.publish(60);
    await eventually(async () => expect(await problemsOf(log)).toMatchObject({ 'projection of deliveries': expect.stringMatching(/No space left on device/) }));
    await books.settled();
    expect(await logOf()).toMatchObject({ status: 200 });
    expect(await books.account.call('PATCH', `/v1/webhooks/${books.endpoints[0]!.id}`, { description: 'changed on a full disk' })).toMatchObject({ status: 200 });
    expect(await problemsOf(log)).toHaveProperty('projection of deliveries');

    await disk.free();
    await Promise.all([log.ready(), api.ready()]);
    expect(await books.audit()).toEqual(cleanAudit);
    await eventually(async () => expect((await books.account.call('GET', `/v1/webhooks/${books.endpoints[0]!.id}`)).body).toMatchObject({ description: 'changed on a full disk' }));
  });

  it('and which can not even write its log ahead goes down; both services say so, answer 503, and go on when it is back', async () => {
    const [log, api] = [system.service('log-query'), system.service('config-api')];
    await disk.fill();
    await useUpWal();
    await eventually(() => expect(disk.lines.join('\n')).toMatch(/PANIC.*No space left on device/));
    for (const service of [log, api]) await eventually(async () => expect(await problemsOf(service)).toHaveProperty('database'));
    await books.publish(20);
    await books.settled();
    expect(await logOf()).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(await books.account.call('GET', '/v1/webhooks')).toMatchObject({ status: 503, body: { code: 'unavailable' } });

    await disk.free();
    await Promise.all([log.ready(), api.ready()]);
    await books.publish(3);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });
});

/** Makes the server begin one segment of its log after the other, until it can't. */
async function useUpWal(): Promise<void> {
  const client = new pg.Client({ connectionString: disk.database.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (;;) await client.query(`SELECT pg_switch_wal(), pg_logical_emit_message(true, 'test', 'something')`);
  } catch {
    // It is gone.
  } finally {
    await client.end().catch(() => undefined);
  }
}
