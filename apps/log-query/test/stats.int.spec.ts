import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aDelivery, attempted, deleted, scheduled, tested, type TestDelivery } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

interface Stats {
  hours: { hour: string; success: number; retrying: number; failed: number }[];
}

let world: World;
let log: Log;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog();
});

afterAll(() => world.stop());

describe('the counts by hour', () => {
  const hour = 60 * 60 * 1_000;

  const now = Date.now();

  it('are those of the last 24 hours, by outcome, without tests and without others', async () => {
    const [endpoint, other] = [await world.createdEndpoint(), await world.createdEndpoint()];
    const at = (ago: number) => ({ startedAt: new Date(now - ago).toISOString() });
    const deliveries = Array.from({ length: 5 }, () => aDelivery(endpoint));
    const [first, second, third, old, failing] = deliveries as [TestDelivery, TestDelivery, TestDelivery, TestDelivery, TestDelivery];
    const elsewhere = aDelivery(other);
    await world.publish(
      ...[...deliveries, elsewhere].map((delivery) => scheduled(delivery)),
      attempted(first, at(5 * hour)), attempted(second, at(5 * hour)), attempted(third, at(5 * hour)),
      attempted(failing, { ...at(5 * hour), outcome: 'Retrying' }), attempted(failing, { ...at(5 * hour), outcome: 'Failed', attempt: 2 }),
      attempted(old, at(25 * hour)), attempted(elsewhere, at(5 * hour)), tested(endpoint, at(5 * hour)),
    );
    await world.projected();
    const { hours } = (await log.get<Stats>(`/v1/webhooks/${endpoint.id}/attempts/stats`, { accountId: endpoint.accountId })).body;
    expect(hours).toHaveLength(24);
    const total = (what: 'success' | 'retrying' | 'failed') => hours.reduce((sum, each) => sum + each[what], 0);
    expect([total('success'), total('retrying'), total('failed')]).toEqual([3, 1, 1]);
    expect(hours.filter(({ success }) => success > 0)).toEqual([{ hour: expect.stringMatching(/T\d\d:00:00\.000Z$/), success: 3, retrying: 1, failed: 1 }]);
    expect(Date.parse(hours[23]!.hour) - Date.parse(hours[0]!.hour)).toBe(23 * hour);
  });

  it('are somebody else\'s business, and nobody\'s after a deletion', async () => {
    const endpoint = await world.createdEndpoint();
    expect(await log.get(`/v1/webhooks/${endpoint.id}/attempts/stats`, { accountId: 'acct_stranger' })).toMatchObject({ status: 404, body: { code: 'endpoint-not-found' } });
    expect(await log.get(`/v1/webhooks/${endpoint.id}/attempts/stats`, { token: null })).toMatchObject({ status: 401 });
    await world.configure(endpoint, deleted());
    await world.projected();
    expect(await log.get(`/v1/webhooks/${endpoint.id}/attempts/stats`, { accountId: endpoint.accountId })).toMatchObject({ status: 404 });
  });
});
