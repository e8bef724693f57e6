import { afterEach, describe, expect, it } from '@jest/globals';
import { newEndpointId, normalLane, notificationSubject, retriesBucket, routerDurable, shardOf, streams, workerDurable } from '@cepro/contracts';
import { eventually, type NatsOptions, type ServiceProcess } from '@cepro/testkit';
import { balanceOf, metricOf, shards, World } from './world.ts';

let world: World | undefined;

afterEach(async () => {
  await world?.stop();
  world = undefined;
});

async function watched(options: { nats?: NatsOptions; env?: Record<string, string> } = {}): Promise<{ world: World; ledger: ServiceProcess }> {
  world = await World.start(options);
  return { world, ledger: await world.startLedger({ LEDGER_WATCH_INTERVAL_MS: '100', ...options.env }) };
}

/** The figure, once it is as expected. */
const shows = (ledger: ServiceProcess, series: string, value: unknown) => eventually(async () => expect([series, await metricOf(ledger, series)]).toEqual([series, value]));

const series = (name: string, stream: string, consumer: string) => `webhooks_consumer_${name}{stream="${stream}",consumer="${consumer}"}`;

describe('what the ledger watches', () => {
  it('is how much every stream and bucket holds, and its limit if it has one', async () => {
    const { world, ledger } = await watched();
    await world.anEvent();
    await world.anEvent();
    await world.js.publish(`$KV.${retriesBucket}.${newEndpointId()}.dlv`, 'state');
    await shows(ledger, `webhooks_stream_messages{stream="${streams.events}"}`, 2);
    await shows(ledger, `webhooks_stream_messages{stream="KV_${retriesBucket}"}`, 1);
    await shows(ledger, `webhooks_stream_messages{stream="${streams.deadLetters}"}`, 0);
    expect(await metricOf(ledger, `webhooks_stream_bytes{stream="${streams.events}"}`)).toBeGreaterThan(0);
    expect(await metricOf(ledger, `webhooks_stream_max_bytes{stream="${streams.events}"}`)).toBeUndefined();

    const jsm = await world.js.jetstreamManager(false);
    const { config } = await jsm.streams.info(streams.events);
    await jsm.streams.update(streams.events, { ...config, max_bytes: 1_000_000 });
    await shows(ledger, `webhooks_stream_max_bytes{stream="${streams.events}"}`, 1_000_000);
    await jsm.streams.update(streams.events, { ...config, max_bytes: -1 });
    await shows(ledger, `webhooks_stream_max_bytes{stream="${streams.events}"}`, undefined);
  });

  it('is how far the router is behind, in messages and in seconds', async () => {
    const { world, ledger } = await watched();
    await shows(ledger, series('lag_seconds', streams.events, routerDurable), 0);
    const before = Date.now();
    await world.anEvent();
    await world.anEvent();
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 2);
    const lag = await eventually(async () => {
      const seconds = await metricOf(ledger, series('lag_seconds', streams.events, routerDurable));
      if (!(seconds! > 0.5)) throw new Error(`it is ${seconds}`);
      return seconds!;
    });
    expect(lag).toBeLessThanOrEqual((Date.now() - before) / 1_000);

    // Taken and not acknowledged: nothing waits for anybody any more.
    const consumer = await world.js.consumers.get(streams.events, routerDurable);
    const messages = [await consumer.next(), await consumer.next()];
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 0);
    await shows(ledger, series('ack_pending_messages', streams.events, routerDurable), 2);
    await shows(ledger, series('lag_seconds', streams.events, routerDurable), 0);
    for (const message of messages) await message!.ackAck();
    await shows(ledger, series('ack_pending_messages', streams.events, routerDurable), 0);
  });

  it('is each shard of the workers, by what that shard takes, and whoever tells the customer', async () => {
    const { world, ledger } = await watched();
    const endpointId = await world.anEndpoint();
    const [busy, idle] = [shardOf(endpointId, shards), (shardOf(endpointId, shards) + 1) % shards].map((shard) => workerDurable(normalLane, shard)) as [string, string];
    await world.schedule(await world.anEvent(), endpointId, 1);
    await world.js.publish(notificationSubject('acct_1', 'webhook.failing'), '{}');
    await shows(ledger, series('pending_messages', streams.deliveries, busy), 1);
    await shows(ledger, series('pending_messages', streams.notifications, 'customer-notices'), 1);
    await eventually(async () => expect(await metricOf(ledger, series('lag_seconds', streams.deliveries, busy))).toBeGreaterThan(0.3));
    await eventually(async () => expect(await metricOf(ledger, series('lag_seconds', streams.notifications, 'customer-notices'))).toBeGreaterThan(0.3));
    await shows(ledger, series('lag_seconds', streams.deliveries, idle), 0);
    await shows(ledger, series('lag_seconds', streams.deliveries, workerDurable('s', 0)), 0);
    // What readers make for themselves has random names, and is nobody's business.
    const { consumer_count: count } = (await (await world.js.jetstreamManager(false)).streams.info(streams.deliveries)).state;
    expect(count).toBeGreaterThan(2 * shards);
    const text = await (await fetch(`http://127.0.0.1:${ledger.managementPort}/metrics`)).text();
    expect(text.match(/webhooks_consumer_pending_messages\{/g)).toHaveLength(2 * shards + 2);

    await (await world.js.jetstreamManager(false)).consumers.delete(streams.deliveries, idle);
    await shows(ledger, series('lag_seconds', streams.deliveries, idle), undefined);
  });

  it('is looked at without Postgres', async () => {
    const { world, ledger } = await watched({ env: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' } });
    await world.anEvent();
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 1);
  });

  it('stays as it was last seen while NATS is away, tells when that was, and goes on', async () => {
    const { world, ledger } = await watched();
    await world.anEvent();
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 1);
    const at = () => metricOf(ledger, 'webhooks_watched_timestamp_seconds');
    expect(Math.abs(Date.now() / 1_000 - (await at())!)).toBeLessThan(60);
    await world.nats.kill();
    const seen = await eventually(async () => {
      const [before, after] = [await at(), await new Promise((resolve) => setTimeout(resolve, 500)).then(at)];
      if (before !== after) throw new Error('it is still looked at');
      return after!;
    });
    expect(await metricOf(ledger, series('pending_messages', streams.events, routerDurable))).toBe(1);
    await world.restartNats();
    await world.anEvent();
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 2);
    await eventually(async () => expect(await at()).toBeGreaterThan(seen));
  });

  it('goes on without a stream that is not there, and the time stands still', async () => {
    const { world, ledger } = await watched();
    await shows(ledger, `webhooks_stream_messages{stream="${streams.events}"}`, 0);
    await (await world.js.jetstreamManager(false)).streams.delete(`KV_${retriesBucket}`);
    await eventually(() => ledger.logs().some(({ msg, reason }) => msg === 'streams could not be looked at; trying again' && String(reason).includes('stream not found')));
    const before = await metricOf(ledger, 'webhooks_watched_timestamp_seconds');
    await world.anEvent();
    await shows(ledger, `webhooks_stream_messages{stream="${streams.events}"}`, 1);
    expect(await metricOf(ledger, 'webhooks_watched_timestamp_seconds')).toBe(before);
    expect(ledger.logs().filter(({ msg }) => msg === 'streams could not be looked at; trying again')).toHaveLength(1);
  });
});

describe('a consumer that is not there', () => {
  it('is told of and has no figures, unlike its stream, until it is made again', async () => {
    const { world, ledger } = await watched();
    await shows(ledger, series('lag_seconds', streams.events, routerDurable), 0);
    const jsm = await world.js.jetstreamManager(false);
    const { config } = await jsm.consumers.info(streams.events, routerDurable);
    await jsm.consumers.delete(streams.events, routerDurable);
    await shows(ledger, series('lag_seconds', streams.events, routerDurable), undefined);
    await eventually(() => ledger.logs().some(({ reason }) => reason === `consumer ${routerDurable} of ${streams.events} is missing`));
    await world.anEvent();
    await shows(ledger, `webhooks_stream_messages{stream="${streams.events}"}`, 1);
    await jsm.consumers.add(streams.events, config);
    await shows(ledger, series('pending_messages', streams.events, routerDurable), 1);
  });
});

describe('the room on the disk', () => {
  it('has the limit that the account has', async () => {
    const config = 'accounts { OURS { jetstream: { max_file: 50MB, max_mem: 1MB }, users: [{ user: test, password: test }] } }\nno_auth_user: test';
    const { ledger } = await watched({ nats: { config } });
    await shows(ledger, 'webhooks_jetstream_storage_max_bytes', 50 * 1024 * 1024);
    expect(await metricOf(ledger, 'webhooks_jetstream_storage_bytes')).toBeGreaterThanOrEqual(0);
  });

  it('has none to be seen where only the server has one', async () => {
    const { world, ledger } = await watched({ nats: { config: 'jetstream { max_file_store: 100MB }' } });
    expect(world.nats.lines.join('\n')).toMatch(/Max Storage:\s+100\.00 MB/);
    await world.anEvent();
    await eventually(async () => expect(await metricOf(ledger, 'webhooks_jetstream_storage_bytes')).toBeGreaterThan(0));
    expect(await metricOf(ledger, 'webhooks_jetstream_storage_max_bytes')).toBeUndefined();
  });
});

describe('webhooks_retries_waiting', () => {
  it('is how many deliveries have failed so far, also after a crash, and says nothing before anybody knows', async () => {
    world = await World.start();
    const endpointId = await world.anEndpoint();
    const deliveries: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const event = await world.anEvent();
      deliveries.push(await world.schedule(event, endpointId, 1));
      await world.note(event, { configVersion: 1, deliveries: 1 });
    }
    const [first, second] = deliveries as [string, string];
    const away = await world.startLedger({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
    await eventually(() => away.logs().some(({ msg }) => msg === 'connected to NATS'));
    expect(await metricOf(away, 'webhooks_retries_waiting')).toBeUndefined();
    await away.kill();

    let ledger = await world.startLedger();
    await shows(ledger, 'webhooks_retries_waiting', 0);
    await world.end(first, endpointId, 'Retrying');
    await world.end(second, endpointId, 'Retrying');
    await world.end(first, endpointId, 'Retrying');
    await shows(ledger, 'webhooks_retries_waiting', 2);
    await eventually(async () => expect(await world!.database.query('SELECT FROM ledger.orders WHERE retrying')).toHaveLength(2));
    await ledger.kill();

    ledger = await world.startLedger();
    await shows(ledger, 'webhooks_retries_waiting', 2);
    await world.end(first, endpointId);
    await shows(ledger, 'webhooks_retries_waiting', 1);
    await world.end(second, endpointId, 'Failed');
    await shows(ledger, 'webhooks_retries_waiting', 0);
    expect(await balanceOf(ledger)).toMatchObject({ deliveries: { retrying: 0, byEvent: { pending: 1 } } });
  });
});
