import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import { apps, Books, cleanAudit, problemsOf, said, System } from '../src/index.ts';

let system: System;

afterEach(async () => {
  await system?.stop();
});

const awayMs = 120_000;

describe('NATS that is away for two minutes', () => {
  it('is waited for by everybody; retries that fell due and events that were kept trying come as soon as it is back', async () => {
    system = await System.start({
      // The first retries fall due while it is away.
      env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '20000,600,900', DELIVERY_TIMEOUT_MS: '60000' } }, provision: { DELIVERY_SHARDS: '4' },
    });
    const books = await Books.open(system, 'acct_away', [0, 2, 4]);
    await books.publish(10);
    await eventually(() => expect(books.requests).toHaveLength(30));
    await eventually(async () => expect(await books.unrecorded()).toEqual([]));
    await system.nats.kill();
    const since = Date.now();
    const services = apps.map((app) => system.service(app));
    for (const service of services) await eventually(async () => expect(await problemsOf(service)).toMatchObject({ nats: 'connection lost' }));

    let tries = 0;
    const published = books.publish(5, { timeoutMs: 300_000, onRetry: () => { tries += 1; } });
    const [{ id }] = books.endpoints as [Books['endpoints'][number]];
    const unavailable = { status: 503, body: { code: 'unavailable' } };
    while (Date.now() - since < awayMs) {
      // What was stored can be read all along; what can't be stored is refused.
      expect(await books.account.call('GET', `/v1/webhooks/${id}/attempts`)).toMatchObject({ status: 200 });
      expect(await books.account.call('PATCH', `/v1/webhooks/${id}`, { active: false })).toMatchObject(unavailable);
      expect(await books.account.call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({ status: 503 });
      for (const service of services) expect(await problemsOf(service)).toHaveProperty('nats');
      await sleep(10_000);
    }
    expect(tries).toBeGreaterThan(0);

    await system.restartNats();
    for (const service of services) {
      await service.ready();
      expect(said(service, 'connected to NATS again')).toHaveLength(1);
    }
    await published;
    await books.publish(5);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect((await books.account.call('GET', `/v1/webhooks/${id}`)).body).toMatchObject({ active: true });
  });
});
