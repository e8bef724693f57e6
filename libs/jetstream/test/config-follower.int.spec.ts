import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { configSubject, encodeEndpointEvents, newEndpointId, streams, type EndpointChange, type EndpointEvent } from '@cepro/contracts';
import { eventually, startNats, type NatsServer } from '@cepro/testkit';
import { ConfigFollower, defaultTopology, provision, type ConfigFollowerOptions } from '../src/index.ts';
import { aClient, type Client } from './client.ts';


const at = '2026-03-08T14:30:00.000Z';
const enabled: EndpointEvent = { type: 'enabled', at };

let nats: NatsServer;
let writer: Client;
let reader: Client;
let followers: { stop: AbortController; ended: Promise<void> }[];

beforeEach(async () => {
  nats = await startNats();
  writer = await aClient(nats.url);
  reader = await aClient(nats.url);
  await provision(writer.jsm, { ...defaultTopology, shards: 1 });
  followers = [];
});

afterEach(async () => {
  for (const { stop } of followers) stop.abort();
  await Promise.all(followers.map(({ ended }) => ended));
  await writer.connection.close();
  await reader.connection.close();
  await nats.stop();
});

async function save(events: readonly EndpointEvent[] = [enabled], endpointId = newEndpointId()): Promise<number> {
  return (await writer.js.publish(configSubject('acct_42', endpointId), encodeEndpointEvents(events))).seq;
}

function aFollower(fields: Partial<ConfigFollowerOptions> = {}) {
  const changes: EndpointChange[] = [];
  const unreadable: string[] = [];
  const stop = new AbortController();
  const follower = new ConfigFollower({
    apply: (change) => changes.push(change),
    onUnreadable: (subject, reason) => unreadable.push(`${subject}: ${reason}`),
    onInterrupted: () => undefined,
    forget: () => undefined,
    onHeld: () => undefined,
    ...fields,
  });
  followers.push({ stop, ended: follower.run(reader.js, stop.signal) });
  return {
    follower, changes, unreadable, stop,
    get versions() { return changes.map(({ version }) => version); },
    current: () => follower.current(reader.js, stop.signal),
  };
}

describe('following the configuration', () => {
  it('takes everything from the beginning, in order, before it has caught up', async () => {
    const endpointId = newEndpointId();
    await save([{ type: 'created', at, url: 'https://a.example.com', events: ['lead.created'], active: true, description: null, sealedSecret: 's' }], endpointId);
    for (let n = 0; n < 1_500; n++) void save();
    await eventually(async () => expect((await writer.jsm.streams.info(streams.config)).state.last_seq).toBe(1_501));
    const { follower, changes } = aFollower();
    await follower.caughtUp;
    expect(follower.position.sequence).toBe(1_501);
    expect(changes.map(({ version }) => version)).toEqual(Array.from({ length: 1_501 }, (_, n) => n + 1));
    expect(changes[0]).toMatchObject({ accountId: 'acct_42', endpointId, version: 1, events: [{ type: 'created', url: 'https://a.example.com' }] });
  });

  it('has caught up at once where nothing is', async () => {
    const { follower, changes } = aFollower();
    await follower.caughtUp;
    expect(changes).toEqual([]);
    expect(await follower.position.reached(0, 0)).toBe(true);
  });

  it('takes what comes later', async () => {
    const following = aFollower();
    await following.follower.caughtUp;
    const version = await save();
    expect(await following.follower.position.reached(version, 5_000)).toBe(true);
    expect(following.versions).toEqual([version]);
  });

  it('passes over what it can\'t read, says so, and goes on', async () => {
    await writer.js.publish(configSubject('acct_42', newEndpointId()), 'not JSON');
    await writer.js.publish('webhooks.config.acct_42.wh_1', '[]');
    await save();
    await writer.js.publish(configSubject('acct_42', newEndpointId()), '[{"type":"paused"}]');
    const following = aFollower();
    await following.follower.caughtUp;
    expect(following.versions).toEqual([3]);
    expect(following.unreadable).toHaveLength(3);
    expect(following.follower.position.sequence).toBe(4);
  });

  it('has every change that was acknowledged before it was asked whether it is current', async () => {
    const following = aFollower();
    await following.follower.caughtUp;
    for (let n = 0; n < 30; n++) {
      const version = await save();
      await following.current();
      expect(following.follower.position.sequence).toBeGreaterThanOrEqual(version);
    }
  });

  it('shares one question among those who ask together, and none of them gets an older answer', async () => {
    const following = aFollower();
    await following.follower.caughtUp;
    let questions = 0;
    const counting = writer.connection.subscribe(`$JS.API.STREAM.INFO.${streams.config}`, { callback: () => { questions++; } });
    await writer.connection.flush();
    await Promise.all(Array.from({ length: 20 }, async () => {
      const version = await save();
      await Promise.all(Array.from({ length: 20 }, () => following.current()));
      expect(following.follower.position.sequence).toBeGreaterThanOrEqual(version);
    }));
    counting.unsubscribe();
    expect(questions).toBeGreaterThan(0);
    expect(questions).toBeLessThan(100);
  });

  it('is current without delay where the last changes were purged before it began', async () => {
    await save();
    const gone = newEndpointId();
    await save([enabled], gone);
    await writer.jsm.streams.purge(streams.config, { filter: configSubject('acct_42', gone) });
    const following = aFollower();
    await following.follower.caughtUp;
    expect(following.follower.position.sequence).toBe(2);
    // Had it waited for them in vain, it would look whether they are there at all.
    const looked: string[] = [];
    const looking = writer.connection.subscribe('$JS.API.>', { callback: (_error, { subject }) => { if (/\.GET(\.|$)/.test(subject)) looked.push(subject); } });
    await writer.connection.flush();
    await following.current();
    await writer.connection.flush();
    looking.unsubscribe();
    expect(looked).toEqual([]);
  });

  it('goes on after a crash of the server without losing or repeating a change', async () => {
    for (let n = 0; n < 5; n++) await save();
    const following = aFollower();
    await following.follower.caughtUp;
    await nats.kill();
    await nats.restart();
    await eventually(() => writer.jsm.getAccountInfo());
    const version = await save();
    await eventually(() => expect(following.follower.position.sequence).toBe(version));
    expect(following.versions).toEqual([1, 2, 3, 4, 5, 6]);
    await following.current();
  });

  it('answers who asks next, though the question before could not be answered', async () => {
    const { follower, current, stop } = aFollower();
    await follower.caughtUp;
    const version = await save();
    await eventually(() => expect(follower.position.sequence).toBe(version));
    // As if the reader were not as far as the server: the first question waits for it in vain.
    const reached = jest.spyOn(follower.position, 'reached').mockResolvedValueOnce(false);
    const answers = await Promise.allSettled([current(), current(), current()]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    reached.mockRestore();
    await current();
    await Promise.all([current(), current()]);
    expect(stop.signal.aborted).toBe(false);
  });

  it('lets nobody wait who asks while the server is away and the service stops', async () => {
    const following = aFollower();
    await following.follower.caughtUp;
    await nats.pause();
    const asking = following.current();
    following.stop.abort(new Error('the service stops'));
    await expect(asking).rejects.toThrow();
    nats.resume();
    const again = aFollower();
    await again.follower.caughtUp;
    await again.current();
  });
});

describe('a configuration that is too large', () => {
  /** A heap that grows with what is kept, up to a limit. */
  function aHeap(limit: number, kept: { versions: number[] }) {
    return { limit, use() { return { used: kept.versions.length, limit: this.limit }; }, collect: () => undefined };
  }

  function following(limit: number) {
    const kept = { versions: [] as number[] };
    const told: (string | undefined)[] = [];
    const heap = aHeap(limit, kept);
    const { follower, current } = aFollower({
      heap,
      apply: ({ version }) => kept.versions.push(version),
      forget: () => kept.versions.splice(0),
      onHeld: (reason) => told.push(reason),
    });
    return { follower, current, kept, told, heap };
  }

  it('is not read on, which is told, and known in whole as soon as there is memory', async () => {
    for (let n = 0; n < 3_000; n++) void save();
    await eventually(async () => expect((await writer.jsm.streams.info(streams.config)).state.last_seq).toBe(3_000));
    const { follower, current, kept, told, heap } = following(2_000);
    await eventually(() => expect(follower.held).toMatch(/raise --max-old-space-size/));
    expect(kept.versions.length).toBeLessThan(3_000);
    await expect(current()).rejects.toThrow('raise --max-old-space-size');
    heap.limit = 10_000;
    await follower.caughtUp;
    expect(follower.held).toBeUndefined();
    expect(kept.versions).toEqual(Array.from({ length: 3_000 }, (_, n) => n + 1));
    expect(told).toEqual([expect.stringMatching(/memory/), undefined]);
    await current();
  });

  it('is read anew once it has become smaller, and until then nothing that is known of it counts', async () => {
    for (let n = 0; n < 10; n++) await save();
    const { follower, current, kept, told } = following(2_000);
    await follower.caughtUp;
    const many = newEndpointId();
    await Promise.all(Array.from({ length: 2_000 }, () => save([enabled], many)));
    await eventually(() => expect(follower.held).toBeDefined());
    await writer.jsm.streams.purge(streams.config, { filter: configSubject('acct_42', many) });
    await eventually(() => expect(follower.held).toBeUndefined());
    expect(kept.versions).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
    expect(told).toEqual([expect.stringMatching(/memory/), undefined]);
    await current();
  });
});
