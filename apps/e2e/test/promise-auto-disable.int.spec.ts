import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { anEndpointOf, publishEvent, System, toldOf, type ApiClient } from '../src/index.ts';

let system: System;
let admin: ApiClient;
let publisher: WebhooksPublisher;

beforeAll(async () => {
  system = await System.start({
    env: {
      'config-api': { AUTO_DISABLE_AFTER_MS: '1000', AUTO_DISABLE_MIN_FAILED_DELIVERIES: '2', AUTO_DISABLE_CHECK_MS: '200' },
      'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '100', DELIVERY_JITTER_PERCENT: '0' },
    },
  });
  admin = await system.account('acct_failing');
  publisher = new WebhooksPublisher(system.connection, { domain: 'invoices' });
});

afterAll(() => system.stop());

const publish = (id: string) => publisher.publish({
  type: 'invoice.paid', accountId: admin.accountId, id,
  data: { id, invoice_number: id, client_name: 'Jane Smith', total: 1, status: 'paid', paid_at: '2026-03-08T14:30:00Z' },
});
const read = async (id: string) => (await admin.call('GET', `/v1/webhooks/${id}`)).body;

describe('an endpoint that fails for too long', () => {
  it('is switched off once, says why, gets nothing more, and can be switched on again', async () => {
    const receiver = system.receiver.at('/failing');
    receiver.answer({ status: 500 });
    const { id } = await admin.anEndpoint({ url: receiver.url });
    await publish('failing-1');
    await publish('failing-2');
    await eventually(async () => expect(await read(id)).toMatchObject({ active: false, disabledReason: 'failing', health: { state: 'disabled' } }));
    expect((await read(id))['disabledAt']).toEqual(expect.any(String));

    const attempts = receiver.requests.length;
    await publish('failing-3');
    const jsm = await system.jsm;
    const changes = (await jsm.streams.info(streams.config, { subjects_filter: `webhooks.config.*.${id}` })).state.subjects;
    expect(Object.values(changes ?? {})).toEqual([2]);

    receiver.answer({ status: 200 });
    expect((await admin.call('PATCH', `/v1/webhooks/${id}`, { active: true })).body).toMatchObject({ active: true, disabledReason: null });
    await publish('failing-4');
    await receiver.waitFor(attempts + 1);
    expect(receiver.requests.slice(attempts).map(({ rawBody }) => JSON.parse(rawBody.toString()).data.id)).toEqual(['failing-4']);
    await eventually(async () => expect(await read(id)).toMatchObject({ active: true, health: { state: 'healthy' } }));

    // It may have been switched off before anybody was told that it fails.
    const told = await eventually(async () => {
      const all = await toldOf(system, admin.accountId);
      expect(all.at(-1)).toMatchObject({ type: 'webhook.recovered', endpointId: id });
      return all.filter(({ type }) => type !== 'webhook.failing');
    });
    expect(told).toEqual([
      expect.objectContaining({ type: 'webhook.disabled', reason: 'failing', endpointId: id, failedDeliveries: 2 }), expect.objectContaining({ type: 'webhook.recovered' }),
    ]);
  });

  it('stays on while a success comes now and then', async () => {
    const receiver = system.receiver.at('/flapping');
    const { id } = await admin.anEndpoint({ url: receiver.url });
    for (let n = 1; n <= 3; n += 1) {
      receiver.answer({ status: 500 });
      await publish(`flapping-${n}-bad`);
      await eventually(async () => expect((await admin.log(id)).filter(({ outcome }) => outcome === 'Failed')).toHaveLength(n));
      receiver.answer({ status: 200 });
      await publish(`flapping-${n}-good`);
      await eventually(async () => expect((await admin.log(id)).filter(({ outcome }) => outcome === 'Success')).toHaveLength(n));
    }
    expect(await read(id)).toMatchObject({ active: true, health: { state: 'healthy' } });
  });
});

describe('CE Pro', () => {
  it('is told that an endpoint fails and that it has recovered, and nothing of its URL but the host', async () => {
    const { endpoint, path, account } = await anEndpointOf(system, 'acct_told');
    const told = (...types: string[]) => eventually(async () => {
      const all = await toldOf(system, account.accountId);
      expect(all.map(({ type }) => type)).toEqual(types);
      return all.at(-1)!;
    });
    path.answer({ status: 500 });
    await publishEvent(system, { accountId: account.accountId });
    const failing = await told('webhook.failing');
    const [first, last] = await account.logged(endpoint.id, 2);
    expect(failing).toMatchObject({ accountId: account.accountId, endpointId: endpoint.id, since: first!.timestamp, at: last!.timestamp, failedDeliveries: 1 });
    expect(failing.host).toBe(new URL(path.url).host);
    expect(JSON.stringify(failing)).not.toContain(new URL(path.url).pathname);

    // A test tells its admin, and nobody else, that the receiver is back.
    path.answer({ status: 200 });
    await account.call('POST', `/v1/webhooks/${endpoint.id}/test`);
    await publishEvent(system, { accountId: account.accountId });
    const recovered = await told('webhook.failing', 'webhook.recovered');
    const entries = await account.logged(endpoint.id, 4);
    expect(recovered).toMatchObject({ since: first!.timestamp, at: entries.find(({ outcome, test }) => outcome === 'Success' && !test)!.timestamp });
  });
});
