import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  deliveryIdOf, deliveryMsgId, deliverySubject, endpointDeliverySubjects, eventIdOf, eventSubject, newEndpointId, normalLane, routerDurable, shardOf,
  streams,
} from '@cepro/contracts';
import { BatchingPublisher, connectNats, Crew, defaultTopology, findStored, provision, work, type WorkMessage } from '@cepro/jetstream';
import { createLogger } from '@cepro/service';
import { forgetMessageIds, startNats, type NatsServer } from '@cepro/testkit';
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { register } from 'prom-client';
import { DeadLetters } from '../src/route/dead-letters.client.ts';
import { RouteService } from '../src/route/route.service.ts';
import { Subscriptions } from '../src/route/subscriptions.ts';

const accountId = 'acct_late';
const endpointId = newEndpointId();
const shards = 2;
const hourMs = 3_600_000;

let nats: NatsServer;
let connection: NatsConnection;
let publisher: BatchingPublisher;
const fail = (error: unknown): never => { throw error; };
let js: JetStreamClient;
let jsm: JetStreamManager;
let service: RouteService;

beforeAll(async () => {
  nats = await startNats();
  connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
  js = jetstream(connection, { timeout: 60_000 });
  publisher = new BatchingPublisher(connection, fail);
  jsm = await js.jetstreamManager();
  await provision(jsm, { ...defaultTopology, shards });
  const subscriptions = new Subscriptions();
  subscriptions.apply({
    accountId, endpointId, version: 1,
    events: [{ type: 'created', at: new Date().toISOString(), url: 'https://hooks.example.com/', events: ['invoice.paid'], active: true, description: null, sealedSecret: 'sealed' }],
  });
  const logger = createLogger('event-router', 'fatal');
  service = new RouteService(subscriptions, new DeadLetters(logger), logger, {});
});

afterAll(async () => {
  jest.restoreAllMocks();
  await connection?.close();
  await nats?.stop();
});

/** Takes the next message, as a service does. */
function nextEvent(): Promise<WorkMessage> {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<WorkMessage>();
  const handle = async (message: WorkMessage) => {
    resolve(message);
    stop.abort();
  };
  void work(connection, { stream: streams.events, durable: routerDurable, prefetch: 1, crew: new Crew(1), stop: stop.signal, handle, onInterrupted: reject });
  return promise;
}

const route = (message: WorkMessage) => service.route(message, { js, publisher, shards, configVersion: 1, signal: new AbortController().signal });

async function scheduled(): Promise<number> {
  const { state } = await jsm.streams.info(streams.deliveries, { subjects_filter: endpointDeliverySubjects(endpointId) });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** As after ten minutes: the server forgets the id of the event's delivery, and the message is still there. */
async function forgetId({ seq, storedAt }: WorkMessage): Promise<void> {
  const msgId = deliveryMsgId.scheduled(deliveryIdOf(eventIdOf(seq, storedAt), endpointId));
  const subject = deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'scheduled');
  await forgetMessageIds(jsm, streams.deliveries, async () => (await findStored(js, { stream: streams.deliveries, subject, msgId, since: Date.now() })) !== undefined);
}

describe('how late an event is routed', () => {
  /** How many were counted, and how late they were all together. */
  async function counted(): Promise<{ count: number; seconds: number }> {
    const figure = async (name: string) => Number(new RegExp(`^webhooks_routing_delay_seconds_${name} (\\S+)$`, 'm').exec(await register.metrics())?.[1]);
    return { count: await figure('count'), seconds: await figure('sum') };
  }

  it('is counted from its acceptance, once, and never as less than nothing', async () => {
    await js.publish(eventSubject('acct_of_nobody', 'invoice.paid'), JSON.stringify({ timestamp: '2026-11-24T08:00:00Z', data: { id: 'inv_1' } }));
    await js.publish(eventSubject('acct_of_nobody', 'invoice.paid'), 'garbage');
    const [event, garbage] = [await nextEvent(), await nextEvent()];
    const clock = jest.spyOn(Date, 'now').mockReturnValue(event.storedAt + 1_500);
    await route(event);
    expect(await counted()).toEqual({ count: 1, seconds: 1.5 });
    // As one that comes again because its acknowledgement was lost.
    await route(event);
    expect(await counted()).toEqual({ count: 1, seconds: 1.5 });
    clock.mockReturnValue(garbage.storedAt - 60_000);
    await route(garbage);
    expect(await counted()).toEqual({ count: 2, seconds: 1.5 });
    for (const message of [event, garbage]) message.ack();
    jest.restoreAllMocks();
  });
});

describe('an event that comes again long after its router died', () => {
  it('is scheduled once, though the server has forgotten the delivery\'s id', async () => {
    await js.publish(eventSubject(accountId, 'invoice.paid'), JSON.stringify({ timestamp: '2026-11-24T08:00:00Z', data: { id: 'inv_1' } }));
    const first = await nextEvent();
    await route(first);
    expect(await scheduled()).toBe(1);
    await forgetId(first);
    first.nak();

    const again = await nextEvent();
    expect(again.deliveryCount).toBeGreaterThan(1);
    // The clock of the test stands still for the router: an hour has passed.
    jest.spyOn(Date, 'now').mockReturnValue(again.storedAt + hourMs);
    await route(again);
    expect(await scheduled()).toBe(1);
  });
});
