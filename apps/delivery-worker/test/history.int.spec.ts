import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  decodeDeliveryRequest, deliveryIdOf, deliveryMsgId, deliveryRequestHeaders, deliverySubject, eventIdOf, newEndpointId, normalLane, shardOf, streams,
  workerDurable, type Attempt,
} from '@cepro/contracts';
import { BatchingPublisher, connectNats, Crew, defaultTopology, findStored, provision, toHeaders, wire, work, type WorkMessage } from '@cepro/jetstream';
import { createLogger } from '@cepro/service';
import { forgetMessageIds, startNats, type NatsServer } from '@cepro/testkit';
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { DeliveryHistory, type RecordContext } from '../src/deliver/history.client.ts';

const shards = 1;
const hourMs = 3_600_000;
const endpointId = newEndpointId();
const eventId = eventIdOf(1, Date.now());
const deliveryId = deliveryIdOf(eventId, endpointId);
const subjectOf = (fact: 'scheduled' | 'attempted') => deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, fact);

let nats: NatsServer;
let connection: NatsConnection;
let publisher: BatchingPublisher;
const fail = (error: unknown): never => { throw error; };
let js: JetStreamClient;
let jsm: JetStreamManager;

beforeAll(async () => {
  nats = await startNats();
  connection = await connectNats({ url: nats.url, name: 'test' }, { signal: AbortSignal.timeout(60_000), onRetry: () => undefined });
  js = jetstream(connection, { timeout: 60_000 });
  publisher = new BatchingPublisher(connection, fail);
  jsm = await js.jetstreamManager();
  await provision(jsm, { ...defaultTopology, shards });
});

afterAll(async () => {
  jest.restoreAllMocks();
  await connection?.close();
  await nats?.stop();
});

/** Takes the next message, or the next one with that sequence, as a service does. */
function nextDelivery(seq?: number): Promise<WorkMessage> {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<WorkMessage>();
  const handle = async (message: WorkMessage) => {
    if (seq !== undefined && message.seq !== seq) return;
    resolve(message);
    stop.abort();
  };
  void work(connection, { stream: streams.deliveries, durable: workerDurable(normalLane, 0), prefetch: 1, crew: new Crew(1), stop: stop.signal, handle, onInterrupted: reject });
  return promise;
}

function anAttempt(attempt: number, nextAttemptAt: string | null): Attempt {
  return {
    deliveryId, accountId: 'acct_1', eventType: 'invoice.paid', attempt, startedAt: new Date().toISOString(), responseTimeMs: 5, statusCode: 503, error: null,
    outcome: nextAttemptAt ? 'Retrying' : 'Failed', url: 'https://hooks.example.com/', requestHeaders: {}, responseBody: '', responseTruncated: false, nextAttemptAt,
  };
}

/** As after ten minutes: the server forgets the ids of the attempts, and the messages are still there. */
async function forgetIds(lastAttempt: number): Promise<void> {
  const last = { stream: streams.deliveries, subject: subjectOf('attempted'), msgId: deliveryMsgId.attempted(deliveryId, lastAttempt) };
  await forgetMessageIds(jsm, streams.deliveries, async () => (await findStored(js, { ...last, since: Date.now() })) !== undefined);
}

describe('a delivery that comes again long after its worker died', () => {
  it('has the attempts that are on record, though the server has forgotten their ids and no retry state was saved', async () => {
    const history = new DeliveryHistory(createLogger('delivery-worker', 'fatal'));
    const context: RecordContext = { js, publisher, shards, signal: new AbortController().signal };
    const headers = deliveryRequestHeaders({ deliveryId, accountId: 'acct_1', eventId, eventType: 'invoice.paid', configVersion: 1 });
    await js.publish(subjectOf('scheduled'), '{}', { msgID: deliveryMsgId.scheduled(deliveryId), headers: toHeaders(headers) });
    const first = await nextDelivery();
    const request = decodeDeliveryRequest(wire(first));
    if (!request.ok) throw new Error(request.reason);
    expect(await history.of(first, request.value, context)).toEqual({ attempts: 0, dueAt: undefined, ended: false });

    // Due later than the next is stored, by a clock that is ahead of the server's.
    const dueAt = new Date(Date.now() + 5_000).toISOString();
    await history.record(first, endpointId, anAttempt(1, dueAt), context);
    await history.record(first, endpointId, anAttempt(2, dueAt), context);
    await forgetIds(2);
    first.nak();
    const again = await nextDelivery();
    jest.spyOn(Date, 'now').mockReturnValue(again.storedAt + hourMs);
    expect(await history.of(again, request.value, context)).toEqual({ attempts: 2, dueAt: Date.parse(dueAt), ended: false });
  });
});

describe('a delivery that waited for its retry', () => {
  it('has the attempt that was recorded meanwhile, though by its delivery count nobody had it: another leader had given it out', async () => {
    jest.restoreAllMocks();
    const history = new DeliveryHistory(createLogger('delivery-worker', 'fatal'));
    const context: RecordContext = { js, publisher, shards, signal: new AbortController().signal };
    const event = eventIdOf(2, Date.now());
    const other = deliveryIdOf(event, endpointId);
    const headers = deliveryRequestHeaders({ deliveryId: other, accountId: 'acct_1', eventId: event, eventType: 'invoice.paid', configVersion: 1 });
    const { seq } = await js.publish(subjectOf('scheduled'), '{}', { msgID: deliveryMsgId.scheduled(other), headers: toHeaders(headers) });
    const first = await nextDelivery(seq);
    const request = decodeDeliveryRequest(wire(first));
    if (!request.ok) throw new Error(request.reason);
    first.nak();
    const again = await nextDelivery(seq);
    const dueAt = Date.now() + 1;
    await history.record(first, endpointId, { ...anAttempt(1, new Date(dueAt).toISOString()), deliveryId: other }, context);
    // As it was put back to wait right before it came again.
    await history.save({ seq, deliveryCount: again.deliveryCount - 1 } as WorkMessage, request.value, 1, dueAt, context);
    expect(await history.of(again, request.value, context)).toMatchObject({ attempts: 1, ended: false });
    await history.record(first, endpointId, { ...anAttempt(2, null), deliveryId: other }, context);
    expect(await history.of(again, request.value, context)).toMatchObject({ attempts: 2, ended: true });
  });
});
