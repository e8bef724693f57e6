import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { configSubject, decodeEndpointEvents, endpointDeliverySubjects, endpointRetrySubjects, retriesBucket, retryKey, streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { Kvm } from '@nats-io/kv';
import { aDelivery, attempted, deleted, disabled, diverted, enabled, scheduled, tested, type TestEndpoint } from './support/builders.ts';
import { World, type Log } from './support/world.ts';

const kvStream = `KV_${retriesBucket}`;
let world: World;
let log: Log;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog();
});

afterAll(() => world.stop());

async function withHistory(endpoint: TestEndpoint, deliveries = 5): Promise<void> {
  const kv = await new Kvm(world.js).open(retriesBucket);
  for (let index = 0; index < deliveries; index++) {
    const delivery = aDelivery(endpoint, { at: Date.now() - (index % 3) * 86_400_000 });
    await world.publish(scheduled(delivery), attempted(delivery, { outcome: 'Retrying' }));
    await kv.put(retryKey(endpoint.id, delivery.id), '{"attempts":1}');
  }
  await world.publish(tested(endpoint));
}

const left = async (endpoint: TestEndpoint) => ({
  deliveries: await world.held(streams.deliveries, endpointDeliverySubjects(endpoint.id)),
  retries: await world.held(kvStream, endpointRetrySubjects(endpoint.id)),
  config: await world.held(streams.config, configSubject(endpoint.accountId, endpoint.id)),
  rows: (await world.count('deliveries', `endpoint_id = '${endpoint.id}'`)) + (await world.count('attempts', `endpoint_id = '${endpoint.id}'`)),
});

const erased = (endpoint: TestEndpoint) => eventually(async () => (await world.count('endpoints', `endpoint_id = '${endpoint.id}' AND erased_at IS NOT NULL`)) === 1);

const nothing = { deliveries: 0, retries: 0, config: 1, rows: 0 };

describe('deleting an endpoint', () => {
  it('leaves nothing but a tombstone, and touches no other endpoint', async () => {
    const [gone, stays] = [await world.createdEndpoint(), await world.createdEndpoint()];
    await world.configure(gone, disabled());
    await world.configure(gone, enabled());
    await withHistory(gone);
    await withHistory(stays);
    await world.projected();
    const before = await left(stays);
    expect(await left(gone)).toEqual({ deliveries: 11, retries: 5, config: 3, rows: 12 });

    const version = await world.configure(gone, deleted());
    await eventually(async () => expect(await left(gone)).toEqual(nothing));
    await erased(gone);
    expect(await left(stays)).toEqual(before);
    const jsm = await world.js.jetstreamManager();
    const tombstone = await jsm.streams.getMessage(streams.config, { last_by_subj: configSubject(gone.accountId, gone.id) });
    expect(tombstone!.seq).toBe(version);
    expect(decodeEndpointEvents(tombstone!.data)).toEqual({ ok: true, value: [{ type: 'deleted', at: expect.any(String) }] });
    const lines = log.service.logs().filter((line) => line['endpointId'] === gone.id && line['msg'] === 'an endpoint and its history were erased');
    expect(lines).toHaveLength(1);
    expect((await log.get(`/v1/webhooks/${gone.id}/attempts`)).status).toBe(404);
  });

  it('takes a second look for what was written behind its back', async () => {
    const gone = await world.createdEndpoint();
    await withHistory(gone, 2);
    await world.projected();
    await world.configure(gone, deleted());
    await eventually(async () => (await left(gone)).rows === 0);
    // A worker that had not heard of it keeps retry state; there is no fact of that.
    const kv = await new Kvm(world.js).open(retriesBucket);
    await kv.put(retryKey(gone.id, aDelivery(gone).id), '{"attempts":2}');
    await eventually(async () => expect(await left(gone)).toEqual(nothing));
  });

  it('erases a fact that is published long afterwards', async () => {
    const gone = await world.createdEndpoint();
    await world.configure(gone, deleted());
    await erased(gone);
    const late = aDelivery(gone);
    await world.publish(scheduled(late), attempted(late));
    await world.projected();
    expect((await left(gone)).rows).toBe(0);
    await eventually(async () => expect(await left(gone)).toEqual(nothing));
    await erased(gone);
    expect((await log.get(`/v1/deliveries/${late.id}`)).status).toBe(404);
  });

  it('erases a delivery that a worker diverts long afterwards', async () => {
    const gone = await world.createdEndpoint();
    await world.configure(gone, deleted());
    await erased(gone);
    await world.publish(diverted(aDelivery(gone)));
    await world.projected();
    await eventually(async () => expect(await left(gone)).toEqual(nothing));
  });

  it('goes on where a killed service has stopped', async () => {
    const gone = await world.createdEndpoint();
    await withHistory(gone);
    await world.projected();
    await log.service.kill();
    await world.configure(gone, deleted());
    const late = aDelivery(gone);
    await world.publish(scheduled(late));
    // Long settling: the second pass is another process's.
    const first = await world.startLog({ ERASURE_SETTLE_MS: '2000' });
    await eventually(async () => expect(await left(gone)).toEqual(nothing));
    await first.service.kill();
    expect(await world.count('endpoints', `endpoint_id = '${gone.id}' AND erased_at IS NULL AND erase_due_at IS NOT NULL`)).toBe(1);
    log = await world.startLog();
    await erased(gone);
    expect(await left(gone)).toEqual(nothing);
  });

  it('works with two replicas, and while the stores are away for a moment', async () => {
    const other = await world.startLog();
    const gone = await Promise.all(Array.from({ length: 5 }, () => world.createdEndpoint()));
    for (const endpoint of gone) await withHistory(endpoint, 2);
    await world.projected();
    for (const endpoint of gone) await world.configure(endpoint, deleted());
    await world.restartNats();
    await Promise.all(gone.map(erased));
    for (const endpoint of gone) expect(await left(endpoint)).toEqual(nothing);
    const lines = [log, other].flatMap(({ service }) => service.logs()).filter((line) => line['msg'] === 'an endpoint and its history were erased');
    for (const endpoint of gone) expect(lines.filter((line) => line['endpointId'] === endpoint.id)).toHaveLength(1);
  });
});
