import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventIdOf, streams } from '@cepro/contracts';
import { eventually, type ReceiverPath } from '@cepro/testkit';
import { publishEvent, routed, scheduledTo, shortRetries, System, type ApiClient } from '../src/index.ts';

interface Verdict {
  readonly endpointId: string;
  readonly url: string | null;
  readonly verdict: string;
  readonly since: string | null;
  readonly disabledReason: string | null;
  readonly deliveryId: string | null;
  readonly deliveryStatus: string | null;
}

interface EventAnswer {
  readonly id: string;
  readonly type: string | null;
  readonly status: string;
  readonly deliveries: number | null;
  readonly fault: string | null;
  readonly configVersion: number | null;
  readonly payload: string | null;
  readonly endpoints: readonly Verdict[];
}

interface Explanation {
  readonly verdict: string;
  readonly since: string | null;
  readonly disabledReason: string | null;
  readonly fault: string | null;
  readonly request: { readonly url: string; readonly headers: Record<string, string>; readonly body: string } | null;
}

const accountId = 'acct_explained';
const timestamp = '2026-03-20T17:45:30Z';
const names = ['wants', 'other', 'off', 'gone', 'deleted'] as const;
type Name = (typeof names)[number] | 'later';

let system: System;
let account: ApiClient;
const ids = new Map<Name, string>();
const pathOf = (name: Name): ReceiverPath => system.receiver.at(`/explained/${name}`);

beforeAll(async () => {
  system = await System.start({ env: { 'config-api': { AUTO_DISABLE_CHECK_MS: '200' }, 'delivery-worker': shortRetries } });
  account = await system.account(accountId);
  for (const name of names) await make(name, name === 'other' ? ['lead.created'] : name === 'gone' ? ['invoice.paid', 'job.completed'] : ['invoice.paid']);
  pathOf('gone').answer({ status: 410 });
  for (let n = 1; n <= 3; n += 1) await publishEvent(system, { accountId, type: 'job.completed' });
  await eventually(async () => expect((await account.call('GET', `/v1/webhooks/${ids.get('gone')}`)).body).toMatchObject({ active: false, disabledReason: 'gone' }));
  await account.call('PATCH', `/v1/webhooks/${ids.get('off')}`, { active: false });
});
afterAll(() => system?.stop());

async function make(name: Name, events: string[]): Promise<void> {
  ids.set(name, (await account.anEndpoint({ url: pathOf(name).url, events })).id);
}

/** The id of an event that was published, as whoever reads the stream can tell. */
async function idOf(sequence: number): Promise<string> {
  const message = await (await system.jsm).streams.getMessage(streams.events, { seq: sequence });
  return eventIdOf(sequence, message!.time.getTime());
}

async function show(id: string): Promise<EventAnswer> {
  const { status, body } = await account.call<EventAnswer>('GET', `/v1/events/${id}`);
  expect(status).toBe(200);
  return body;
}

/** An event's answer when it has been routed and the log knows of it. */
async function shownOnce(id: string, status: string): Promise<EventAnswer> {
  return await eventually(async () => {
    const answer = await show(id);
    expect(answer.status).toBe(status);
    return answer;
  });
}

const verdictsOf = ({ endpoints }: EventAnswer) => Object.fromEntries([...ids].map(([name, id]) => [name, endpoints.find(({ endpointId }) => endpointId === id)?.verdict]));

/** The deliveries that were really scheduled of an event, by endpoint: from the stream itself. */
async function scheduledOf(eventId: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const jsm = await system.jsm;
  for await (const message of await jsm.direct.getBatch(streams.deliveries, { seq: 1, next_by_subj: 'webhooks.deliveries.*.*.*.scheduled', batch: 1_000 })) {
    if (message.header.get('Webhook-Event-Id') === eventId) found[message.subject.split('.')[4]!] = message.header.get('Webhook-Delivery-Id');
  }
  return found;
}

/** Every verdict agrees with what was scheduled; of deleted endpoints nothing is left to compare. */
async function expectTrue(answer: EventAnswer): Promise<void> {
  const scheduled = await scheduledOf(answer.id);
  const there = answer.endpoints.filter(({ verdict }) => verdict !== 'deleted');
  expect(Object.fromEntries(there.flatMap(({ endpointId, deliveryId }) => (deliveryId ? [[endpointId, deliveryId]] : [])))).toEqual(
    Object.fromEntries(Object.entries(scheduled).filter(([endpointId]) => there.some((each) => each.endpointId === endpointId))),
  );
  for (const { verdict, deliveryId } of answer.endpoints) expect([verdict, deliveryId !== null]).toEqual([verdict, verdict === 'scheduled']);
}

describe('an event', () => {
  let eventId: string;
  let told: Explanation[];

  it('is foretold, for each endpoint, and comes as foretold', async () => {
    const event = { type: 'invoice.paid', timestamp, data: { n: 1 } };
    told = await Promise.all(names.map(async (name) => (await account.call<Explanation>('POST', `/v1/webhooks/${ids.get(name)}/explain`, event)).body));
    expect(told.map(({ verdict }) => verdict)).toEqual(['scheduled', 'not-subscribed', 'inactive', 'disabled-by-system', 'scheduled']);

    eventId = await idOf((await publishEvent(system, { accountId, data: event.data, timestamp })).sequence);
    await Promise.all([pathOf('wants').waitFor(1, 30_000), pathOf('deleted').waitFor(1, 30_000)]);
    const answer = await shownOnce(eventId, 'routed');
    await expectTrue(answer);
    expect(verdictsOf(answer)).toEqual(Object.fromEntries(names.map((name, index) => [name, told[index]!.verdict])));
    expect(answer.deliveries).toBe(2);
    // Since when, and why: the same before and after.
    for (const [index, name] of names.entries()) {
      const { since, disabledReason } = told[index]!;
      expect(answer.endpoints.find(({ endpointId }) => endpointId === ids.get(name))).toMatchObject({ since, disabledReason, url: pathOf(name).url });
    }
  });

  it('is shown as it was sent, down to the byte, and the request as it was foretold', () => {
    const [request] = pathOf('wants').requests;
    const { url, headers, body } = told[0]!.request!;
    expect(request!.rawBody.toString()).toBe(body);
    expect(url).toBe(pathOf('wants').url);
    // Those that name a value have it; the others are there.
    for (const [name, value] of Object.entries(headers)) {
      expect([name, request!.headers[name.toLowerCase()]]).toEqual([name, value.includes('<') ? expect.stringMatching(/./) : value]);
    }
  });

  it('of which an endpoint is deleted, and another one added, has the rest as it was', async () => {
    const before = await show(eventId);
    expect(before.payload).toBe(pathOf('wants').requests[0]!.rawBody.toString());
    await make('later', ['invoice.paid']);
    await account.call('DELETE', `/v1/webhooks/${ids.get('deleted')}`);
    const gone = { url: null, verdict: 'deleted', since: expect.any(String), deliveryId: null, deliveryStatus: null };
    const expected = [
      ...before.endpoints.map((each) => (each.endpointId === ids.get('deleted') ? { ...each, ...gone } : each)),
      { endpointId: ids.get('later'), url: pathOf('later').url, verdict: 'created-later', since: expect.any(String), disabledReason: null, deliveryId: null, deliveryStatus: null },
    ];
    const answer = await show(eventId);
    expect(answer.endpoints).toEqual(expected);
    await expectTrue(answer);
    // And so it stays when the history is erased.
    await eventually(async () => expect(await scheduledTo(system, ids.get('deleted')!)).toBe(0));
    expect(await show(eventId)).toEqual(answer);
    expect(pathOf('later').requests).toHaveLength(0);
  });

  it('that nobody listens for leaves a trace, and so does one that is unusable', async () => {
    const nobodys = await idOf((await publishEvent(system, { accountId, type: 'bug_report_created' })).sequence);
    const publish = async (type: string, data: string) => await idOf((await system.js.publish(`cepro.events.${accountId}.${type}`, data)).seq);
    const unknown = await publish('invoice.payed', `{"timestamp":"${timestamp}","data":{}}`);
    const broken = await publish('invoice.paid', 'no JSON');
    const tooLarge = await publish('invoice.paid', `{"timestamp":"${timestamp}","data":{"a":"${'x'.repeat(256 * 1024)}"}}`);
    await routed(system);

    const answer = await shownOnce(nobodys, 'routed');
    expect(answer).toMatchObject({ deliveries: 0, fault: null, type: 'bug_report_created' });
    expect(new Set(answer.endpoints.map(({ verdict }) => verdict))).toEqual(new Set(['not-subscribed']));
    // What was deleted before it came has nothing to do with it.
    expect(answer.endpoints.map(({ endpointId }) => endpointId)).not.toContain(ids.get('deleted'));
    await expectTrue(answer);
    for (const [id, type, fault] of [[unknown, null, 'unknown-type'], [broken, 'invoice.paid', 'not-json'], [tooLarge, 'invoice.paid', 'too-large']] as const) {
      expect(await shownOnce(id, 'unusable')).toMatchObject({ type, fault, deliveries: 0, payload: null, endpoints: [] });
      expect(await scheduledOf(id)).toEqual({});
    }
    const { body } = await account.call<{ data: { id: string }[] }>('GET', '/v1/events?limit=4');
    expect(body.data.map(({ id }) => id)).toEqual([tooLarge, broken, unknown, nobodys]);
  });

  it('that waits for a router says so, and is explained by what the router then finds', async () => {
    await system.service('event-router').kill();
    const waiting = await idOf((await publishEvent(system, { accountId, data: { n: 2 }, timestamp })).sequence);
    expect(await show(waiting)).toEqual({
      id: waiting, type: 'invoice.paid', receivedAt: expect.any(String), status: 'waiting', deliveries: null, fault: null, configVersion: null,
      payload: `{"event":"invoice.paid","timestamp":"${timestamp}","data":{"n":2}}`, endpoints: [],
    });
    await account.call('PATCH', `/v1/webhooks/${ids.get('wants')}`, { active: false });
    await account.call('PATCH', `/v1/webhooks/${ids.get('gone')}`, { active: true });
    await system.startService('event-router');
    const answer = await shownOnce(waiting, 'routed');
    expect(verdictsOf(answer)).toEqual({ wants: 'inactive', other: 'not-subscribed', off: 'inactive', gone: 'scheduled', later: 'scheduled' });
    await expectTrue(answer);
    expect(answer.deliveries).toBe(2);
    await pathOf('later').waitFor(1, 30_000);
    await eventually(async () => expect((await show(waiting)).endpoints.find(({ endpointId }) => endpointId === ids.get('later'))).toMatchObject({ deliveryStatus: 'succeeded' }));
    // What was said of the other event stays.
    expect(verdictsOf(await show(eventId))).toMatchObject({ wants: 'scheduled', gone: 'disabled-by-system' });
  });
});

describe('through the single origin', () => {
  it('the events are where everything else is', async () => {
    const origin = await system.origin(accountId);
    const get = async (path: string) => await fetch(`${origin.url}${path}`, { headers: { authorization: `Bearer ${account.token}` } });
    for (const path of ['/v1/events', '/v1/events?limit=1', '/v1/event-types', '/v1/webhooks']) expect([path, (await get(path)).status]).toEqual([path, 200]);
    const { data } = (await (await get('/v1/events?limit=1')).json()) as { data: { id: string }[] };
    expect((await get(`/v1/events/${data[0]!.id}`)).status).toBe(200);
    // Neither service takes the other one's.
    expect((await get('/v1/eventsabc')).status).toBe(404);
  });
});
