import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configSubject, encodeEndpointEvents, retriesBucket, retryKey, streams } from '@cepro/contracts';
import { parseKeyRing, seal } from '@cepro/secrets';
import { generateSecret, verifyCePro } from '@cepro/signing';
import { eventually, type ReceiverPath } from '@cepro/testkit';
import { Kvm } from '@nats-io/kv';
import { Webhook } from 'standardwebhooks';
import { publishEvent, System, type ApiClient, type EndpointResource } from '../src/index.ts';

let system: System;

beforeAll(async () => {
  // The first retry waits long enough for an admin to do something meanwhile.
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '5000,200,200' } }, provision: { DELIVERY_SHARDS: '4' } });
});

afterAll(async () => {
  await system?.stop();
});

let nth = 0;
let account: ApiClient;
let receiver: ReceiverPath;
let endpoint: EndpointResource & { secret: string };

beforeEach(async () => {
  nth += 1;
  account = await system.account(`acct_waiting_${nth}`);
  receiver = system.receiver.at(`/waiting/${nth}`);
  receiver.answer({ status: 500 });
  endpoint = await account.anEndpoint({ url: receiver.url });
});

const change = async (fields: object) => expect((await account.call('PATCH', `/v1/webhooks/${endpoint.id}`, fields)).status).toBe(200);
const attemptsAt = ({ requests }: ReceiverPath) => requests.map(({ headers }) => headers['x-webhook-attempt']);

/** Publishes an event whose first attempt fails, and returns the delivery's id while it waits for its retry. */
async function aWaitingRetry(): Promise<string> {
  await publishEvent(system, { accountId: account.accountId });
  return await eventually(async () => {
    const [entry] = await account.log(endpoint.id);
    expect(entry).toMatchObject({ attempt: 1, outcome: 'Retrying', statusCode: 500 });
    return entry!.deliveryId;
  });
}

describe('a retry that waits', () => {
  it('is left alone until it is due, and does not come and go meanwhile', async () => {
    const id = await aWaitingRetry();
    receiver.answer({});
    await receiver.waitFor(2);
    const state = await (await new Kvm(system.js).open(retriesBucket)).get(retryKey(endpoint.id, id));
    // The last time that it was put back: the first time, or after the server had given it out a little early.
    expect(state!.json<{ deliveryCount: number }>().deliveryCount).toBeLessThanOrEqual(3);
  });

  it('goes to the URL that the endpoint has when it is due', async () => {
    const id = await aWaitingRetry();
    const moved = system.receiver.at(`/waiting/${nth}/moved`);
    await change({ url: moved.url });
    const [request] = await moved.waitFor(1);
    expect(request!.headers).toMatchObject({ 'x-webhook-id': id, 'x-webhook-attempt': '2' });
    await eventually(async () => expect((await account.delivery(id)).attempts.map(({ attempt, outcome, url }) => [attempt, outcome, url])).toEqual([
      [1, 'Retrying', receiver.url], [2, 'Success', moved.url],
    ]));
    expect(attemptsAt(receiver)).toEqual(['1']);
  });

  it('is signed with the secret that the endpoint has when it is due', async () => {
    await aWaitingRetry();
    receiver.answer({});
    const secret = generateSecret();
    const address = { accountId: account.accountId, endpointId: endpoint.id };
    const sealedSecret = seal(parseKeyRing(system.keyRing), secret, address);
    await system.js.publish(configSubject(address.accountId, address.endpointId), encodeEndpointEvents([{ type: 'secret_sealed', at: new Date().toISOString(), sealedSecret }]));
    const [first, second] = await receiver.waitFor(2);
    const headersOf = ({ headers }: typeof receiver.requests[number]) => headers as Record<string, string>;
    expect(verifyCePro(endpoint.secret, first!.rawBody, headersOf(first!)['x-webhook-signature'])).toBe(true);
    expect(verifyCePro(secret, second!.rawBody, headersOf(second!)['x-webhook-signature'])).toBe(true);
    expect(verifyCePro(endpoint.secret, second!.rawBody, headersOf(second!)['x-webhook-signature'])).toBe(false);
    expect(new Webhook(secret).verify(second!.rawBody, headersOf(second!))).toMatchObject({ event: 'invoice.paid' });
  });

  it('is cancelled when the endpoint is switched off, and stays so though it is on again before it is due', async () => {
    const id = await aWaitingRetry();
    await change({ active: false });
    await change({ active: true });
    receiver.answer({});
    await publishEvent(system, { accountId: account.accountId });
    // The event after it is delivered, the one before it is not.
    const [, second] = await receiver.waitFor(2);
    expect(second!.headers['x-webhook-id']).not.toBe(id);
    expect(second!.headers['x-webhook-attempt']).toBe('1');
    await eventually(async () => expect(await account.delivery(id)).toMatchObject({ status: 'cancelled', cancelReason: 'endpoint-disabled' }));
    expect((await account.delivery(id)).attempts).toHaveLength(1);
    expect(attemptsAt(receiver)).toEqual(['1', '1']);
  });

  it('and an event published while the endpoint is off lead to no request', async () => {
    const id = await aWaitingRetry();
    await change({ active: false });
    receiver.answer({});
    await publishEvent(system, { accountId: account.accountId });
    await eventually(async () => expect(await account.delivery(id)).toMatchObject({ status: 'cancelled' }));
    expect(attemptsAt(receiver)).toEqual(['1']);
    expect(await account.log(endpoint.id)).toHaveLength(1);
  });

  it('is none of a new subscription: an event stays with the endpoints that listened when it was routed', async () => {
    const id = await aWaitingRetry();
    await change({ events: ['lead.created'] });
    receiver.answer({});
    const [, second] = await receiver.waitFor(2);
    // The event was for it when it happened, so what was begun is brought to its end.
    expect(second!.headers).toMatchObject({ 'x-webhook-id': id, 'x-webhook-attempt': '2' });
  });
});

describe('an event that is published twice under one id', () => {
  it('is delivered once', async () => {
    receiver.answer({});
    const event = { accountId: account.accountId, id: `invoices:${account.accountId}:paid` };
    const answers = await Promise.all(Array.from({ length: 5 }, () => publishEvent(system, event)));
    expect(new Set(answers.map(({ sequence }) => sequence)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    await publishEvent(system, { accountId: account.accountId, data: { id: 'another' } });
    const requests = await receiver.waitFor(2);
    await eventually(async () => expect(await account.log(endpoint.id)).toHaveLength(2));
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-id'])).size).toBe(2);
    expect(receiver.requests).toHaveLength(2);
    expect((await (await system.jsm).streams.info(streams.events, { subjects_filter: `cepro.events.${account.accountId}.>` })).state.subjects).toEqual({
      [`cepro.events.${account.accountId}.invoice.paid`]: 2,
    });
  });
});
