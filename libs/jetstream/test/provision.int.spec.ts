import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ratesBucket, retriesBucket, streams } from '@cepro/contracts';
import { eventually, startNats, type NatsServer } from '@cepro/testkit';
import { DiscardPolicy, RetentionPolicy, StorageType, StoreCompression, type StreamConfig } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { defaultTopology, firstRoutedMetadata, inspectTopology, NarrowingError, provision, shardsMetadata, type TopologyOptions } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


let nats: NatsServer;
let client: Client;

beforeEach(async () => {
  nats = await startNats();
  client = await aClient(nats.url);
});

afterEach(async () => {
  await client.connection.close();
  await nats.stop();
});

const four: TopologyOptions = { ...defaultTopology, shards: 4 };
const ns = (milliseconds: number) => milliseconds * 1_000_000;
const day = 24 * 3_600_000;
const buckets = [retriesBucket, ratesBucket];
const allStreams = [...Object.values(streams), ...buckets.map((bucket) => `KV_${bucket}`)];

const run = (options = four) => provision(client.jsm, options);
const configOf = async (stream: string) => (await client.jsm.streams.info(stream)).config;
const consumerOf = async (stream: string, durable: string) => (await client.jsm.consumers.info(stream, durable)).config;
const did = async (options = four) => Object.fromEntries((await run(options)).map(({ what, did: done }) => [what, done]));

/** Everything that the server has, but for what changes by itself. */
async function everything() {
  const all: Record<string, unknown> = {};
  for await (const { config } of client.jsm.streams.list()) {
    all[config.name] = config;
    for await (const consumer of client.jsm.consumers.list(config.name)) all[`${config.name}/${consumer.name}`] = consumer.config;
  }
  return all;
}

async function change(stream: string, config: Partial<StreamConfig>): Promise<void> {
  await client.jsm.streams.update(stream, { ...(await configOf(stream)), ...config });
}

describe('provisioning', () => {
  it('creates everything where there is nothing', async () => {
    const steps = await run();
    expect(steps.map(({ what }) => what)).toEqual([
      ...allStreams.map((name) => `stream ${name}`), 'consumer CEPRO_EVENTS/event-router', 'consumer CEPRO_NOTIFICATIONS/customer-notices',
      ...['n', 's'].flatMap((lane) => [0, 1, 2, 3].map((shard) => `consumer DELIVERIES/delivery-worker-${lane}-0${shard}`)),
    ]);
    expect(steps.every((step) => step.did === 'created')).toBe(true);
    expect(await inspectTopology(client.jsm, allStreams)).toEqual({ shards: 4, ackWaitMs: 60_000, firstRouted: 1, missing: [] });
  });

  it('makes streams that keep what they acknowledge, and refuse rather than forget', async () => {
    await run();
    for (const name of allStreams) {
      expect(await configOf(name)).toMatchObject({ retention: RetentionPolicy.Limits, storage: StorageType.File, discard: DiscardPolicy.New, num_replicas: 1, allow_direct: true });
    }
    expect(await configOf(streams.events)).toMatchObject({ subjects: ['cepro.events.>'], max_age: ns(7 * day), duplicate_window: ns(600_000) });
    expect(await configOf(streams.config)).toMatchObject({ max_age: 0 });
    expect(await configOf(streams.notifications)).toMatchObject({
      subjects: ['cepro.notifications.*.webhook.*'], max_age: ns(90 * day), max_msgs_per_subject: 10_000, duplicate_window: ns(600_000),
    });
    expect(await configOf(streams.deliveries)).toMatchObject({
      max_age: ns(31 * day), compression: StoreCompression.S2, duplicate_window: ns(600_000), metadata: { [shardsMetadata]: '4' },
    });
  });

  it('makes consumers that neither give up nor stop at a thousand waiting retries', async () => {
    await run();
    expect(await consumerOf(streams.deliveries, 'delivery-worker-n-03')).toMatchObject({
      ack_wait: ns(60_000), max_ack_pending: 20_000, max_deliver: -1,
      filter_subjects: ['webhooks.deliveries.n.03.*.scheduled', 'webhooks.deliveries.n.03.*.retry'],
    });
    expect(await consumerOf(streams.events, 'event-router')).toMatchObject({ max_deliver: -1 });
  });

  it.each(buckets)('makes a bucket %s that the KV client reads and writes', async (name) => {
    await run();
    const bucket = await new Kvm(client.js).open(name);
    await bucket.put('a.b', '1');
    await bucket.put('a.b', '2');
    expect((await bucket.get('a.b'))?.string()).toBe('2');
    await bucket.purge('a.b');
    expect((await bucket.get('a.b'))?.operation).toBe('PURGE');
  });

  it('tells a new stream of routings which events were routed before it was there, and never again', async () => {
    await run();
    expect((await configOf(streams.routings)).metadata).toMatchObject({ [firstRoutedMetadata]: '1' });
    await client.js.publish('cepro.events.acct_1.invoice.paid', '{}');
    await client.js.publish('cepro.events.acct_1.invoice.paid', '{}');
    const router = await client.js.consumers.get(streams.events, 'event-router');
    await (await router.next())?.ackAck();
    await client.jsm.streams.delete(streams.routings);
    await run();
    await client.js.publish('cepro.events.acct_1.invoice.paid', '{}');
    await run();
    expect((await configOf(streams.routings)).metadata).toMatchObject({ [firstRoutedMetadata]: '2' });
    expect(await inspectTopology(client.jsm, [streams.routings])).toMatchObject({ firstRouted: 2 });
  });

  it('does nothing the second time', async () => {
    await run();
    const before = await everything();
    expect(new Set(Object.values(await did()))).toEqual(new Set(['unchanged']));
    expect(await everything()).toEqual(before);
  });

  it('does nothing after a restart of the server either', async () => {
    await run();
    await nats.restart();
    await eventually(() => client.jsm.getAccountInfo());
    expect(new Set(Object.values(await did()))).toEqual(new Set(['unchanged']));
  });
});

describe('what an operator made larger', () => {
  beforeEach(() => run());

  it('stays: age, dedupe window, subjects, a limit in bytes', async () => {
    await change(streams.events, { max_age: ns(30 * day), duplicate_window: ns(3_600_000), subjects: ['cepro.events.>', 'partner.events.>'], max_bytes: 1_000_000_000 });
    await change(streams.deliveries, { max_age: 0 });
    await change(streams.deadLetters, { max_age: ns(90 * day), metadata: { team: 'ops' } });
    const before = await everything();
    expect(new Set(Object.values(await did()))).toEqual(new Set(['unchanged']));
    expect(await everything()).toEqual(before);
  });

  it('stays when something else of the same stream has to be widened', async () => {
    await change(streams.deliveries, { subjects: ['webhooks.deliveries.>', 'imported.deliveries.>'], max_bytes: 1_000_000_000, metadata: { ...(await configOf(streams.deliveries)).metadata, team: 'ops' } });
    expect(await did({ ...four, deliveriesRetentionDays: 60 })).toMatchObject({ 'stream DELIVERIES': 'widened', 'stream CEPRO_EVENTS': 'unchanged' });
    expect(await configOf(streams.deliveries)).toMatchObject({
      subjects: ['webhooks.deliveries.>', 'imported.deliveries.>'], max_age: ns(60 * day), max_bytes: 1_000_000_000, metadata: { team: 'ops', [shardsMetadata]: '4' },
    });
  });

  it('stays for consumers: time to answer, how many may wait', async () => {
    const durable = 'delivery-worker-n-01';
    const now = await consumerOf(streams.deliveries, durable);
    await client.jsm.consumers.update(streams.deliveries, durable, { ...now, ack_wait: ns(300_000), max_ack_pending: -1 });
    const before = await everything();
    expect(await did()).toMatchObject({ [`consumer DELIVERIES/${durable}`]: 'unchanged' });
    expect(await everything()).toEqual(before);
  });
});

describe('what is smaller than declared', () => {
  beforeEach(() => run());

  it('is widened: age, dedupe window, subjects', async () => {
    await change(streams.events, { subjects: ['other.>'], max_age: ns(day), duplicate_window: ns(60_000) });
    expect(await did()).toMatchObject({ 'stream CEPRO_EVENTS': 'widened', 'stream WEBHOOK_CONFIG': 'unchanged' });
    expect(await configOf(streams.events)).toMatchObject({ subjects: ['other.>', 'cepro.events.>'], max_age: ns(7 * day), duplicate_window: ns(600_000) });
    expect(await did()).toMatchObject({ 'stream CEPRO_EVENTS': 'unchanged' });
  });

  it('is widened: an age where there should be none', async () => {
    await change(streams.config, { max_age: ns(day) });
    expect(await did()).toMatchObject({ 'stream WEBHOOK_CONFIG': 'widened' });
    expect(await configOf(streams.config)).toMatchObject({ max_age: 0 });
  });

  it('is widened: a consumer\'s time to answer', async () => {
    expect(await did({ ...four, deliveryAckWaitMs: 90_000 })).toMatchObject({ 'consumer DELIVERIES/delivery-worker-n-00': 'widened', 'consumer CEPRO_EVENTS/event-router': 'unchanged' });
    expect(await did()).toMatchObject({ 'consumer DELIVERIES/delivery-worker-n-00': 'unchanged' });
    expect(await consumerOf(streams.deliveries, 'delivery-worker-n-00')).toMatchObject({ ack_wait: ns(90_000), filter_subjects: expect.any(Array) });
  });

  it('is never taken away from: the messages and the place of consumers stay', async () => {
    await client.js.publish('cepro.events.acct_42.lead.created', '{}');
    const message = await (await client.js.consumers.get(streams.events, 'event-router')).next();
    await message?.ackAck();
    await change(streams.events, { max_age: ns(day) });
    await run();
    expect((await client.jsm.streams.info(streams.events)).state.messages).toBe(1);
    expect((await client.jsm.consumers.info(streams.events, 'event-router')).num_pending).toBe(0);
  });
});

describe('the shards', () => {
  beforeEach(() => run());

  it('may become more', async () => {
    expect(await did({ ...four, shards: 6 })).toMatchObject({
      'stream DELIVERIES': 'widened', 'consumer DELIVERIES/delivery-worker-n-03': 'unchanged', 'consumer DELIVERIES/delivery-worker-n-04': 'created', 'consumer DELIVERIES/delivery-worker-n-05': 'created',
    });
    expect(await inspectTopology(client.jsm, [streams.deliveries])).toMatchObject({ shards: 6, missing: [] });
  });

  it('never become fewer, and then nothing is changed', async () => {
    await change(streams.events, { max_age: ns(day) });
    await client.jsm.streams.delete(streams.deadLetters);
    const before = await everything();
    await expect(run({ ...four, shards: 3 })).rejects.toThrow(NarrowingError);
    await expect(run({ ...four, shards: 3 })).rejects.toThrow(/DELIVERIES has 4 shards; 3 would leave/);
    expect(await everything()).toEqual(before);
  });
});

describe('looking for what is needed', () => {
  it('names everything where there is nothing', async () => {
    expect(await inspectTopology(client.jsm, [streams.events, streams.deliveries])).toMatchObject({ shards: 0, missing: ['stream CEPRO_EVENTS', 'stream DELIVERIES'] });
  });

  it('names what is missing of what is needed, and nothing else', async () => {
    await run();
    await client.jsm.streams.delete(streams.config);
    await client.jsm.consumers.delete(streams.deliveries, 'delivery-worker-n-02');
    await client.jsm.consumers.delete(streams.events, 'event-router');
    expect(await inspectTopology(client.jsm, [streams.config, streams.deliveries])).toMatchObject({ shards: 4, missing: ['stream WEBHOOK_CONFIG', 'consumer DELIVERIES/delivery-worker-n-02'] });
    expect(await inspectTopology(client.jsm, [streams.events])).toMatchObject({ missing: ['consumer CEPRO_EVENTS/event-router'] });
    expect(await inspectTopology(client.jsm, [streams.deadLetters])).toMatchObject({ missing: [] });
    await run();
    expect(await inspectTopology(client.jsm, allStreams)).toMatchObject({ shards: 4, missing: [] });
  });

  it('tells how long a worker may hold a delivery: as long as the consumer that waits the shortest', async () => {
    await run();
    const durable = 'delivery-worker-n-02';
    await client.jsm.consumers.update(streams.deliveries, durable, { ...(await consumerOf(streams.deliveries, durable)), ack_wait: ns(45_000) });
    expect(await inspectTopology(client.jsm, [streams.deliveries])).toMatchObject({ ackWaitMs: 45_000 });
  });

  it.each([undefined, '', 'many', '0', '-4', '1.5'])('does not take deliveries for provisioned that do not say how many shards they have: %j', async (value) => {
    await client.jsm.streams.add({ name: streams.deliveries, subjects: ['webhooks.deliveries.>'], metadata: value === undefined ? {} : { [shardsMetadata]: value } });
    expect(await inspectTopology(client.jsm, [streams.deliveries])).toMatchObject({ shards: 0, missing: ['the number of shards in the metadata of stream DELIVERIES'] });
    expect(await inspectTopology(client.jsm, [streams.events])).toMatchObject({ missing: ['stream CEPRO_EVENTS'] });
    await run();
    expect(await inspectTopology(client.jsm, [streams.deliveries])).toMatchObject({ shards: 4, missing: [] });
  });
});
