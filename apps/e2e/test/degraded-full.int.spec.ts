import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { retriesBucket, streams } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import { EventNotPublishedError } from '@cepro/webhooks-publisher';
import { Books, cleanAudit, problemsOf, said, shortRetries, System, type DeliveryResource } from '../src/index.ts';

let system: System;
let account: string;
let nth = 0;

beforeAll(async () => {
  system = await System.start({ env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' } });
});

afterAll(async () => {
  await system?.stop();
});

beforeEach(() => {
  account = `acct_full_${nth += 1}`;
});

/** Leaves a stream no room for anything more, as an operator may have set it. Returns what widens it again. */
async function fill(stream: string): Promise<() => Promise<unknown>> {
  const jsm = await system.jsm;
  const { config, state } = await jsm.streams.info(stream);
  await jsm.streams.update(stream, { ...config, max_bytes: state.bytes + 1 });
  return async () => jsm.streams.update(stream, { ...config, max_bytes: -1 });
}

const isFull = { reason: 'maximum bytes exceeded' };
const unavailable = { status: 503, body: { type: 'urn:cepro:webhooks:problem:unavailable', status: 503, code: 'unavailable' } };

describe('a stream that takes no more', () => {
  it('of deliveries: router and worker say so and wait, an admin is refused, and what was in hand is stored once when there is room', async () => {
    const books = await Books.open(system, account, [0, 2]);
    const failing = await Books.open(system, `${account}_failed`, [4]);
    await failing.publish(1);
    await failing.settled();
    const [entry] = await failing.account.log(failing.endpoints[0]!.id);

    // In flight when the stream fills up, so that they can't be recorded.
    const release = Promise.withResolvers<void>();
    for (const { path, failures } of books.endpoints) {
      system.receiver.at(path).answer(async ({ headers }) => {
        await release.promise;
        return { status: Number(headers['x-webhook-attempt']) <= failures ? 500 : 200 };
      });
    }
    await books.publish(4);
    await eventually(() => books.requests.length === 8);
    const widen = await fill(streams.deliveries);
    release.resolve();
    await books.publish(4);
    const [router, worker] = [system.service('event-router'), system.service('delivery-worker')];
    await eventually(() => expect(said(worker, 'an attempt could not be recorded; trying again')).toContainEqual(expect.objectContaining(isFull)));
    await eventually(() => expect(said(router, 'a delivery could not be stored; trying again')).toContainEqual(expect.objectContaining(isFull)));
    expect(await failing.account.call('POST', `/v1/deliveries/${entry!.deliveryId}/retry`)).toMatchObject(unavailable);
    // The test itself was made; only its entry in the log is lost, and said to be.
    system.receiver.at(failing.endpoints[0]!.path).answer({});
    expect(await failing.account.call('POST', `/v1/webhooks/${failing.endpoints[0]!.id}/test`)).toMatchObject({ status: 200, body: { success: true } });
    expect(said(worker, 'a test could not be logged')).toHaveLength(1);

    await widen();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
    expect((await failing.account.call('POST', `/v1/deliveries/${entry!.deliveryId}/retry`)).status).toBe(202);
    await eventually(async () => {
      const { body } = await failing.account.call<DeliveryResource>('GET', `/v1/deliveries/${entry!.deliveryId}`);
      expect(body.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    });
  });

  it('of events: whoever publishes is told why, and one who goes on trying gets every event in once', async () => {
    const books = await Books.open(system, account, [0, 2]);
    await books.publish(2);
    const widen = await fill(streams.events);
    const before = (await (await system.jsm).streams.info(streams.events)).state.last_seq;
    const stranger = await Books.open(system, `${account}_impatient`, []);
    const error = await stranger.publish(1, { timeoutMs: 1_000 }).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(EventNotPublishedError);
    expect(error).toMatchObject({ permanent: false, message: expect.stringContaining('maximum bytes exceeded') });
    expect((await (await system.jsm).streams.info(streams.events)).state.last_seq).toBe(before);

    const reasons: unknown[] = [];
    const published = books.publish(5, { onRetry: (reason) => reasons.push(reason) });
    await eventually(() => expect(reasons).toContainEqual(expect.objectContaining({ message: 'maximum bytes exceeded' })));
    await widen();
    await published;
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('of configuration: every change is refused and none is stored, deliveries go on, and changes are taken again when there is room', async () => {
    const books = await Books.open(system, account, [0, 2]);
    const [{ id }] = books.endpoints as [Books['endpoints'][number]];
    const shown = (await books.account.call('GET', '/v1/webhooks')).body;
    const widen = await fill(streams.config);
    const before = (await (await system.jsm).streams.info(streams.config)).state;
    const fields = { url: system.receiver.at(`/${account}/new`).url, events: ['invoice.paid'] };
    const answers = await Promise.all([
      books.account.call('POST', '/v1/webhooks', fields), books.account.call('PATCH', `/v1/webhooks/${id}`, { active: false }),
      books.account.call('DELETE', `/v1/webhooks/${id}`),
    ]);
    for (const answer of answers) expect(answer).toMatchObject(unavailable);
    expect(said(system.service('config-api'), 'gave up on the configuration stream')).toContainEqual(expect.objectContaining(isFull));
    await books.publish(3);
    await books.settled();
    expect((await (await system.jsm).streams.info(streams.config)).state).toMatchObject({ messages: before.messages, last_seq: before.last_seq });
    expect((await books.account.call('GET', '/v1/webhooks')).body).toMatchObject({ data: (shown as { data: { id: string; active: boolean }[] }).data.map(({ id: each, active }) => ({ id: each, active })) });

    await widen();
    expect((await books.account.call('POST', '/v1/webhooks', fields)).status).toBe(201);
    expect(await books.account.call('PATCH', `/v1/webhooks/${id}`, { description: 'changed' })).toMatchObject({ status: 200, body: { description: 'changed' } });
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('of retry states: the worker says so and goes on by the record, with the right numbers at the right time', async () => {
    const books = await Books.open(system, account, [0, 2, 4]);
    const worker = system.service('delivery-worker');
    const widen = await fill(`KV_${retriesBucket}`);
    await books.publish(10);
    await books.settled();
    expect(said(worker, 'the bucket takes no retry states; the record will be asked')).toContainEqual(expect.objectContaining(isFull));
    expect(await books.audit()).toEqual(cleanAudit);
    expect(await problemsOf(worker)).toEqual({});
    await widen();
  });
});
