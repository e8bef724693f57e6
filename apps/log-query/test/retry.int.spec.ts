import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeDeliveryRequest, deliveryMsgId, streams } from '@cepro/contracts';
import { wire } from '@cepro/jetstream';
import { startCollector, type Collector } from '@cepro/testkit';
import { DeliverPolicy } from '@nats-io/jetstream';
import { aDelivery, attempted, cancelled, created, disabled, enabled, retry, scheduled, subjectOf, tested, type TestDelivery } from './support/builders.ts';
import { World, type Answer, type Log } from './support/world.ts';

let collector: Collector;
let world: World;
let log: Log;

beforeAll(async () => {
  collector = await startCollector();
  world = await World.start();
  log = await world.startLog({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
});

afterAll(async () => {
  await world?.stop();
  await collector?.stop();
});

const ask = (delivery: Pick<TestDelivery, 'id'>, accountId = 'acct_1'): Promise<Answer<{ code?: string; deliveryId?: string; attempt?: number }>> =>
  log.post(`/v1/deliveries/${delivery.id}/retry`, { accountId });

async function failed(options: { body?: string } = {}): Promise<TestDelivery> {
  const endpoint = await world.createdEndpoint();
  const delivery = aDelivery(endpoint, options);
  const retrying = [1, 2, 3].map((attempt) => attempted(delivery, { attempt, outcome: 'Retrying' as const }));
  await world.publish(scheduled(delivery), ...retrying, attempted(delivery, { attempt: 4, outcome: 'Failed' }));
  await world.projected();
  return delivery;
}

/** The retries that the stream holds of a delivery's endpoint. */
async function retriesOf({ endpoint }: TestDelivery) {
  const subject = subjectOf(endpoint, 'retry');
  const consumer = await world.js.consumers.get(streams.deliveries, { filter_subjects: [subject], deliver_policy: DeliverPolicy.All });
  const count = await world.held(streams.deliveries, subject);
  const found = [];
  for (let index = 0; index < count; index++) found.push((await consumer.next({ expires: 5_000 }))!);
  return found;
}

describe('a manual retry', () => {
  it('sends a failed delivery again: same id, same body to the byte, next number, one request', async () => {
    const body = '{"event":"invoice.paid","data":{"total":1.10,"id":12345678901234567890,"name":"\ufeffŽ 🧹"}}';
    const delivery = await failed({ body });
    expect(await ask(delivery)).toMatchObject({ status: 202, body: { deliveryId: delivery.id, attempt: 5 } });

    const [message, ...more] = await retriesOf(delivery);
    expect(more).toEqual([]);
    expect(message!.headers!.get('Nats-Msg-Id')).toBe(deliveryMsgId.retry(delivery.id, 5, 0));
    const request = decodeDeliveryRequest(wire(message!));
    expect(request).toMatchObject({
      ok: true,
      value: { deliveryId: delivery.id, eventId: delivery.eventId, eventType: 'invoice.paid', accountId: 'acct_1', endpointId: delivery.endpoint.id, attempt: 5 },
    });
    expect(Buffer.from(message!.data).toString()).toBe(body);
    // What it says next is what it knows: the retry is under way.
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).body).toMatchObject({ status: 'pending', nextAttemptAt: null });
    expect(await ask(delivery)).toMatchObject({ status: 409, body: { code: 'delivery-not-failed' } });
  });

  it('counts on: the fifth attempt fails, the sixth succeeds, then there is nothing to retry', async () => {
    const delivery = await failed();
    expect((await ask(delivery)).body.attempt).toBe(5);
    await world.publish(attempted(delivery, { attempt: 5, outcome: 'Failed' }));
    await world.projected();
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).body).toMatchObject({ status: 'failed' });
    expect((await ask(delivery)).body.attempt).toBe(6);
    await world.publish(attempted(delivery, { attempt: 6 }));
    await world.projected();
    expect(await ask(delivery)).toMatchObject({ status: 409, body: { code: 'delivery-not-failed' } });
    const { body } = await log.get<{ status: string; attempts: { attempt: number }[] }>(`/v1/deliveries/${delivery.id}`);
    expect([body.status, body.attempts.map(({ attempt }) => attempt)]).toEqual(['succeeded', [1, 2, 3, 4, 5, 6]]);
  });

  it('asked for ten times at once is one retry', async () => {
    const delivery = await failed();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(delivery)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 202 && status !== 409)).toEqual([]);
    expect(answers.filter(({ status }) => status === 202).every(({ body }) => body.attempt === 5)).toBe(true);
    expect(answers.some(({ status }) => status === 202)).toBe(true);
    expect(await retriesOf(delivery)).toHaveLength(1);
    // Of each that was accepted a trace begins; all but one say that they end there.
    const accepted = answers.filter(({ status }) => status === 202).length;
    const spans = await collector.waitFor(accepted, ({ attributes }) => attributes['cepro.delivery.id'] === delivery.id);
    expect(spans.map(({ attributes }) => attributes['cepro.duplicate']).sort()).toEqual([false, ...Array<boolean>(accepted - 1).fill(true)]);
  });

  it('of a cancelled delivery carries the configuration as it is known now', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    const off = await world.configure(endpoint, disabled());
    await world.publish(scheduled(delivery), cancelled(delivery, off));
    await world.projected();
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).body).toMatchObject({ status: 'cancelled', cancelReason: 'endpoint-disabled' });
    expect(await ask(delivery)).toMatchObject({ status: 409, body: { code: 'endpoint-disabled' } });
    // Switched on a moment ago, in another service: it is known here at once.
    const on = await world.configure(endpoint, enabled());
    expect(await ask(delivery)).toMatchObject({ status: 202, body: { attempt: 1 } });
    const [message] = await retriesOf(delivery);
    expect(decodeDeliveryRequest(wire(message!))).toMatchObject({ ok: true, value: { configVersion: expect.any(Number) } });
    const request = decodeDeliveryRequest(wire(message!));
    expect(request.ok && request.value.configVersion).toBeGreaterThanOrEqual(on);
  });

  it('that was cancelled before it was made can be asked for again', async () => {
    const delivery = await failed();
    expect(await ask(delivery)).toMatchObject({ status: 202, body: { attempt: 5 } });
    const off = await world.configure(delivery.endpoint, disabled());
    await world.publish(cancelled(delivery, off));
    await world.projected();
    await world.configure(delivery.endpoint, enabled());
    expect(await ask(delivery)).toMatchObject({ status: 202, body: { attempt: 5 } });
    expect(await retriesOf(delivery)).toHaveLength(2);
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).body).toMatchObject({ status: 'pending' });
  });

  it('is refused for what has not failed, tests, and what is not there', async () => {
    const endpoint = await world.createdEndpoint();
    const [waiting, retrying, done] = [aDelivery(endpoint), aDelivery(endpoint), aDelivery(endpoint)];
    const test = tested(endpoint, { outcome: 'Failed' });
    await world.publish(scheduled(waiting), scheduled(retrying), attempted(retrying, { outcome: 'Retrying' }), scheduled(done), attempted(done), test);
    await world.projected();
    for (const id of [waiting.id, retrying.id, done.id, test.deliveryId]) {
      expect(await ask({ id })).toMatchObject({ status: 409, body: { code: 'delivery-not-failed' } });
    }
    const lost = await failed();
    expect(await ask(lost, 'acct_2')).toMatchObject({ status: 404, body: { code: 'delivery-not-found' } });
    expect(await ask({ id: 'nonsense' })).toMatchObject({ status: 404, body: { code: 'delivery-not-found' } });
    expect(await ask(aDelivery(endpoint))).toMatchObject({ status: 404, body: { code: 'delivery-not-found' } });
    expect(await retriesOf(lost)).toHaveLength(0);
  });

  it('of an endpoint that is off from the start is refused', async () => {
    const endpoint = await world.createdEndpoint();
    const delivery = aDelivery(endpoint);
    await world.publish(scheduled(delivery), attempted(delivery, { outcome: 'Failed' }));
    await world.configure(endpoint, disabled());
    expect(await world.projected().then(() => ask(delivery))).toMatchObject({ status: 409, body: { code: 'endpoint-disabled' } });
    await world.configure(endpoint, created());
  });

  it('that the stream stored twice is one', async () => {
    const delivery = await failed();
    await world.publish(retry(delivery, 5), attempted(delivery, { attempt: 5, outcome: 'Failed' }), { ...retry(delivery, 5), msgId: 'again' });
    await world.projected();
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).body).toMatchObject({ status: 'failed' });
  });

  it('is answered while NATS is away, and works when it is back', async () => {
    const delivery = await failed();
    await world.nats.kill();
    expect(await ask(delivery)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    // Reading needs Postgres alone.
    expect((await log.get(`/v1/deliveries/${delivery.id}`)).status).toBe(200);
    await world.restartNats();
    await log.service.ready();
    const again = await ask(delivery);
    expect([202, 409]).toContain(again.status);
    await world.projected();
    expect(await retriesOf(delivery)).toHaveLength(1);
  });
});
