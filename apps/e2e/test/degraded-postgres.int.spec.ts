import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, startPostgres, type PostgresServer } from '@cepro/testkit';
import { Books, cleanAudit, problemsOf, shortRetries, System } from '../src/index.ts';

let postgres: PostgresServer;
let system: System;

afterEach(async () => {
  await system?.stop();
  await postgres?.stop();
});

const awayMs = 120_000;
const unavailable = { status: 503, body: { type: 'urn:cepro:webhooks:problem:unavailable', status: 503, code: 'unavailable' } };

describe('Postgres that is away for two minutes', () => {
  it('is not missed by deliveries; the API says 503 for what it can not know, and the log has everything afterwards', async () => {
    postgres = await startPostgres();
    const url = await createDatabase(postgres.adminUrl);
    system = await System.start({
      env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' }, database: { name: 'own', url, drop: async () => undefined },
    });
    const books = await Books.open(system, 'acct_tables', [0, 2, 4]);
    await books.publish(5);
    await books.settled();
    const [first, , third] = books.endpoints as [Books['endpoints'][number], unknown, Books['endpoints'][number]];
    const [entry] = await books.account.log(third.id);
    const [log, api] = [system.service('log-query'), system.service('config-api')];

    await postgres.kill();
    const since = Date.now();
    for (const service of [log, api]) await eventually(async () => expect(await problemsOf(service)).toHaveProperty('database'));
    const call = books.account.call.bind(books.account);
    for (let round = 1; Date.now() - since < awayMs; round += 1) {
      await books.publish(5);
      const answers = await Promise.all([
        call('GET', `/v1/webhooks/${first.id}/attempts`), call('GET', `/v1/deliveries/${entry!.deliveryId}`), call('POST', `/v1/deliveries/${entry!.deliveryId}/retry`),
        call('GET', '/v1/webhooks'), call('POST', '/v1/webhooks', { url: system.receiver.at('/more').url, events: ['invoice.paid'] }),
      ]);
      for (const answer of answers) expect(answer).toMatchObject(unavailable);
      // A change needs no table to be decided on.
      expect(await call('PATCH', `/v1/webhooks/${first.id}`, { description: `round ${round}` })).toMatchObject({ status: 200, body: { description: `round ${round}`, health: { state: 'unknown' } } });
      await books.settled();
      for (const app of ['event-router', 'delivery-worker'] as const) expect(await problemsOf(system.service(app))).toEqual({});
      await sleep(15_000);
    }

    await postgres.restart();
    await Promise.all([log.ready(), api.ready()]);
    await books.publish(5);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    await eventually(async () => expect((await call('GET', '/v1/webhooks')).body).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ id: first.id, description: expect.stringMatching(/^round \d+$/) })]) }));
    expect((await books.account.call<{ data: unknown[] }>('GET', '/v1/webhooks')).body.data).toHaveLength(3);
  });
});
