import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEndpointId, sendTestSubject } from '@cepro/contracts';
import type { Msg } from '@nats-io/transport-node';
import { anAccount, as, startReady, startWorld, url, type Service, type World } from './harness.ts';

let world: World;
let service: Service;
beforeAll(async () => {
  world = await startWorld();
  service = await startReady(world.env);
});
afterAll(async () => {
  await service?.stop();
  await world?.stop();
});

describe('Send Test', () => {
  it('of an endpoint that is not there is refused before anybody is asked', async () => {
    const call = await as(service, anAccount());
    expect(await call('POST', `/v1/webhooks/${newEndpointId()}/test`)).toMatchObject({
      status: 404, type: 'application/problem+json; charset=utf-8', body: { code: 'endpoint-not-found', title: 'Webhook config not found' },
    });
  });

  it('hands on the event type that it was asked for, and refuses one that does not exist', async () => {
    const call = await as(service, anAccount());
    const { id } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    const asked: unknown[] = [];
    const worker = world.connection.subscribe(sendTestSubject, {
      callback: (_error, message) => {
        const { data } = message.json<{ data: { eventType?: string } }>();
        asked.push(data.eventType);
        message.respond(JSON.stringify({ response: { success: true, statusCode: 200, responseBody: '', responseTimeMs: 1, error: null }, isDisposed: true }));
      },
    });
    await world.connection.flush();
    for (const body of [undefined, {}, { eventType: 'job_completed' }]) {
      expect(await call('POST', `/v1/webhooks/${id}/test`, body)).toMatchObject({ status: 200, body: { success: true } });
    }
    expect(asked).toEqual([undefined, undefined, 'job_completed']);
    for (const body of [{ eventType: 'job_lost' }, { eventType: 7 }, { type: 'job_completed' }]) {
      expect([body, await call('POST', `/v1/webhooks/${id}/test`, body)]).toMatchObject([body, { status: 422, body: { code: 'validation-failed' } }]);
    }
    expect(asked).toHaveLength(3);
    worker.unsubscribe();
  });

  it('without any worker says so at once', async () => {
    const patient = await startReady({ ...world.env, SEND_TEST_TIMEOUT_MS: '120000' });
    const call = await as(patient, anAccount());
    const { id } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    // A worker took the test before, and has all its time.
    const asked = world.connection.subscribe(sendTestSubject, { max: 1 });
    await world.connection.flush();
    let answered = false;
    const before = call('POST', `/v1/webhooks/${id}/test`).finally(() => { answered = true; });
    const { value: question } = await asked[Symbol.asyncIterator]().next() as { value: Msg };

    expect(await call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({ status: 503, body: { code: 'test-unavailable', title: 'Webhook test failed' } });
    expect(answered).toBe(false);
    question.respond('null');
    expect(await before).toMatchObject({ status: 503, body: { code: 'test-unavailable' } });
    await patient.stop();
  });

  it.each(['nonsense', '', '{', 'null', '[]', '{"response":{"success":"yes"}}'])('outlives a worker that answers %j', async (answer) => {
    const call = await as(service, anAccount());
    const { id } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    const asked = world.connection.subscribe(sendTestSubject, { max: 1, callback: (_error, question) => void question.respond(answer) });
    await world.connection.flush();
    expect(await call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({ status: 503, body: { code: 'test-unavailable' } });
    expect(asked.getReceived()).toBe(1);
  });

  it('gives a worker that hangs its time, and no more', async () => {
    const call = await as(service, anAccount());
    const { id } = (await call('POST', '/v1/webhooks', { url, events: ['invoice.paid'] })).body;
    const asked = world.connection.subscribe(sendTestSubject);
    await world.connection.flush();
    const began = Date.now();
    expect(await call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({ status: 503, body: { code: 'test-unavailable' } });
    expect(Date.now() - began).toBeGreaterThanOrEqual(490);
    // It was asked, and has not answered to this moment.
    expect(asked.getReceived()).toBe(1);
    asked.unsubscribe();
  });
});
