import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveryIdOf, eventIdOf, streams, type EndpointEvent } from '@cepro/contracts';
import { eventually } from '@cepro/testkit';
import {
  anEndpoint, attempted, cancelled, created, deleted, disabled, enabled, routed, scheduled, type TestDelivery, type TestEndpoint,
} from './support/builders.ts';
import { World, type Log, type PublishedEvent } from './support/world.ts';

interface Entry {
  id: string;
  type: string | null;
  receivedAt: string;
  status: string;
  deliveries: number | null;
  fault: string | null;
}

interface Verdict {
  endpointId: string;
  url: string | null;
  verdict: string;
  since: string | null;
  disabledReason: string | null;
  deliveryId: string | null;
  deliveryStatus: string | null;
}

type EventAnswer = Entry & { configVersion: number | null; payload: string | null; endpoints: Verdict[] };
interface Page { data: Entry[]; nextCursor: string | null }

const dayMs = 86_400_000;
let world: World;
let log: Log;
let accounts = 0;

beforeAll(async () => {
  world = await World.start();
  log = await world.startLog();
});

afterAll(() => world.stop());

/** Nobody else's events are among its own. */
const anAccount = () => `acct_events_${(accounts += 1)}`;
/** Endpoints in the order of their ids: several may be of the same millisecond. */
const endpointsOf = (accountId: string, count: number): TestEndpoint[] => Array.from({ length: count }, () => anEndpoint({ accountId })).sort((a, b) => (a.id < b.id ? -1 : 1));
const list = async (accountId: string, query = '') => (await log.get<Page>(`/v1/events${query}`, { accountId })).body;
const show = async (accountId: string, { id }: { id: string }) => (await log.get<EventAnswer>(`/v1/events/${id}`, { accountId })).body;
const subjectOf = (accountId: string, type = 'invoice.paid') => `cepro.events.${accountId}.${type}`;
const payload = '{"event":"invoice.paid","timestamp":"2026-11-24T10:00:00+01:00","data":{"id":"inv_1","total":12345678901234567890.10,"name":"Žofie 🧹"}}';

/** The delivery of an event that is in the stream. */
function deliveryOf(event: PublishedEvent, endpoint: TestEndpoint): TestDelivery {
  return { id: deliveryIdOf(event.id, endpoint.id), eventId: event.id, endpoint, eventType: 'invoice.paid', body: payload };
}

describe('the list of events', () => {
  it('has each as soon as it is published, and what became of it, newest first', async () => {
    const accountId = anAccount();
    const paid = await world.publishEvent({ accountId });
    const unknown = await world.publishEvent({ accountId, type: 'invoice.payed' });
    const broken = await world.publishEvent({ accountId, type: 'lead.created', data: 'garbage' });
    await world.projected();
    const waiting = { status: 'waiting', deliveries: null, fault: null };
    const entry = ({ id, storedAt }: PublishedEvent, type: string | null) => ({ id, type, receivedAt: new Date(storedAt).toISOString() });
    expect(await list(accountId)).toEqual({
      data: [{ ...entry(broken, 'lead.created'), ...waiting }, { ...entry(unknown, null), ...waiting }, { ...entry(paid, 'invoice.paid'), ...waiting }],
      nextCursor: null,
    });

    await world.publish(routed(paid, { deliveries: 2 }), routed(unknown, { fault: 'unknown-type' }), routed(broken, { fault: 'not-json' }));
    await world.projected();
    expect((await list(accountId)).data).toEqual([
      { ...entry(broken, 'lead.created'), status: 'unusable', deliveries: 0, fault: 'not-json' },
      { ...entry(unknown, null), status: 'unusable', deliveries: 0, fault: 'unknown-type' },
      { ...entry(paid, 'invoice.paid'), status: 'routed', deliveries: 2, fault: null },
    ]);
  });

  it('takes types and faults of a newer router, and says of them what it can', async () => {
    const accountId = anAccount();
    const [typed, faulty] = [await world.publishEvent({ accountId, type: 'invoice.teleported' }), await world.publishEvent({ accountId })];
    await world.configure(anEndpoint({ accountId }), created());
    await world.projected();
    const newer = (event: PublishedEvent, fields: object) => ({ subject: 'webhooks.routings', data: JSON.stringify({ ...JSON.parse(String(routed(event).data)), ...fields }) });
    await world.publish(newer(typed, { eventType: 'invoice.teleported', deliveries: 2 }), newer(faulty, { fault: 'bad-weather' }));
    await world.projected();
    expect((await list(accountId)).data).toMatchObject([
      { id: faulty.id, type: 'invoice.paid', status: 'unusable', fault: 'bad-weather' }, { id: typed.id, type: null, status: 'routed', deliveries: 2, fault: null },
    ]);
    expect(await show(accountId, typed)).toMatchObject({ type: null, status: 'routed', deliveries: 2, endpoints: [] });
    // It is there for the version that will know it.
    expect(await world.count('events', `event_id = '${typed.id}' AND event_type = 'invoice.teleported'`)).toBe(1);
  });

  it('has an event whose routing came first, or came alone, and takes what comes again once', async () => {
    const accountId = anAccount();
    const subject = subjectOf(accountId);
    // Long gone from the stream of events.
    const old = { subject, sequence: 1_000_001, storedAt: Date.now() - 20 * dayMs };
    await world.publish(routed(old, { deliveries: 3 }));
    // The router may be quicker than the projection.
    const next = (await (await world.js.jetstreamManager()).streams.info(streams.events)).state.last_seq + 1;
    await world.projected();
    const event = await world.publishEvent({ accountId });
    expect(event.sequence).toBe(next);
    await world.publish(routed(event, { configVersion: 7, deliveries: 1 }));
    await world.projected();
    const before = await world.rows();
    await world.publish(routed(event, { configVersion: 9, deliveries: 0 }), routed(old, { deliveries: 3 }), routed(event, { fault: 'no-data' }));
    await world.projected();
    expect(await world.rows()).toEqual(before);
    expect((await list(accountId)).data).toMatchObject([{ id: event.id, deliveries: 1 }, { id: eventIdOf(old.sequence, old.storedAt), deliveries: 3 }]);
  });

  it('is the same in whatever order its two streams are read', async () => {
    const accountId = anAccount();
    const events = await Promise.all(Array.from({ length: 20 }, () => world.publishEvent({ accountId })));
    await world.publish(...events.map((event, index) => routed(event, { deliveries: index })));
    await world.projected();
    const before = await world.rows();
    for (const first of ['events', 'routings']) {
      // One reads its stream again on top of what the other has made of it.
      await world.database.query(`DELETE FROM log.events`);
      await world.database.query('UPDATE log.projections SET position = 0 WHERE name = $1', [first]);
      const position = (name: string) => world.position(name);
      await eventually(async () => expect(await position(first)).toBeGreaterThan(0));
      await world.projected();
      await world.database.query('UPDATE log.projections SET position = 0 WHERE name = $1', [first === 'events' ? 'routings' : 'events']);
      await eventually(async () => expect(await world.rows()).toEqual(before));
    }
  });

  it('pages through events of the same millisecond and of several days, each once and in order', async () => {
    const accountId = anAccount();
    const now = Date.now();
    await world.publish(...Array.from({ length: 60 }, (_, index) => routed({ subject: subjectOf(accountId), sequence: 2_000_000 + index, storedAt: now - (index % 4) * dayMs })));
    await world.projected();
    const seen: Entry[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const found: Page = await list(accountId, `?limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      seen.push(...found.data);
      cursor = found.nextCursor;
      pages += 1;
    } while (cursor);
    expect(pages).toBe(9);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(60);
    const order = seen.map(({ receivedAt, id }) => `${receivedAt} ${id}`);
    expect(order).toEqual([...order].sort().reverse());
    expect((await list(accountId, '?limit=60')).nextCursor).toBeNull();
    expect((await list(accountId)).data).toHaveLength(50);
  });

  it('filters by type and time, also over pages', async () => {
    const accountId = anAccount();
    const at = (time: string) => Date.parse(time);
    const day = new Date(Date.now() - 3 * dayMs).toISOString().slice(0, 10);
    const events = Array.from({ length: 6 }, (_, index) => ({
      subject: subjectOf(accountId, index % 2 ? 'lead.created' : 'invoice.paid'), sequence: 3_000_000 + index, storedAt: at(`${day}T10:00:0${index}.000Z`),
    }));
    await world.publish(...events.map((event) => routed(event)));
    await world.projected();
    const numbers = async (query: string) => (await list(accountId, query)).data.map(({ id }) => events.findIndex(({ sequence, storedAt }) => eventIdOf(sequence, storedAt) === id));
    expect(await numbers('?type=lead.created')).toEqual([5, 3, 1]);
    expect(await numbers('?type=job.created')).toEqual([]);
    expect(await numbers(`?from=${day}T10:00:02Z&to=${day}T10:00:04Z`)).toEqual([3, 2]);
    expect(await numbers(`?type=invoice.paid&from=${encodeURIComponent(`${day}T12:00:01+02:00`)}`)).toEqual([4, 2]);
    const first = await list(accountId, '?type=invoice.paid&limit=2');
    expect(await numbers(`?type=invoice.paid&limit=2&cursor=${first.nextCursor}`)).toEqual([0]);
    expect(await numbers('?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999-14:00')).toHaveLength(6);
  });

  it.each([
    ['type=invoice.payed', 'type'], ['type=lead.created&type=invoice.paid', 'type'], ['from=yesterday', 'from'], ['from=0000-01-01T00:00:00Z', 'from'],
    ['to=2026-11-01', 'to'], ['limit=0', 'limit'], ['limit=101', 'limit'], ['limit=1.5', 'limit'], ['cursor=garbage', 'cursor'], ['cursor=', 'cursor'],
    [`cursor=${Buffer.from('dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f').toString('base64url')}`, 'cursor'], ['outcome=Success', 'outcome'],
  ])('refuses ?%s, naming %s', async (query, field) => {
    const answer = await log.get<{ code: string; errors: { field: string }[] }>(`/v1/events?${query}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'validation-failed']);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body.errors.map((fault) => fault.field)).toContain(field);
  });
});

describe('whose events they are', () => {
  it('nobody else finds them, nor one that never was', async () => {
    const [mine, other] = [anAccount(), anAccount()];
    const event = await world.publishEvent({ accountId: mine });
    await world.projected();
    expect((await list(other)).data).toEqual([]);
    for (const [id, accountId] of [
      [event.id, other], [event.id.toUpperCase(), mine], [eventIdOf(event.sequence, event.storedAt + 1), mine], ['nonsense', mine], ['%00', mine],
      ['evt_ffffffff-ffff-7fff-bfff-ffffffffffff', mine],
    ] as const) {
      const answer = await log.get<{ code: string }>(`/v1/events/${id}`, { accountId });
      expect([id, answer.status, answer.body.code]).toEqual([id, 404, 'event-not-found']);
    }
    expect((await show(mine, event)).id).toBe(event.id);
  });

  it('are not kept when they are no account\'s', async () => {
    const before = await world.count('events');
    const nobodys = await world.publishEvent({ accountId: 'a$b' });
    await world.publish(routed(nobodys, { fault: 'bad-account' }));
    await world.projected();
    expect(await world.count('events')).toBe(before);
  });

  it('a row that lies about its account shows nothing of the event', async () => {
    const [mine, other] = [anAccount(), anAccount()];
    const event = await world.publishEvent({ accountId: mine });
    await world.projected();
    // Whoever could write routings is trusted with much; not with this.
    await world.database.query('DELETE FROM log.events WHERE event_id = $1', [event.id]);
    await world.publish(routed({ ...event, subject: subjectOf(other) }));
    await eventually(async () => expect((await list(other)).data).toHaveLength(1));
    expect((await show(other, event)).payload).toBeNull();
  });
});

describe('an event', () => {
  it('that was published just now is found at once, with what receivers will get', async () => {
    const accountId = anAccount();
    for (let round = 0; round < 10; round += 1) {
      const event = await world.publishEvent({ accountId });
      expect(await show(accountId, event)).toEqual({
        id: event.id, type: 'invoice.paid', receivedAt: new Date(event.storedAt).toISOString(), status: 'waiting', deliveries: null, fault: null,
        configVersion: null, payload, endpoints: [],
      });
    }
  });

  it('that is unusable has no body and no verdicts', async () => {
    const accountId = anAccount();
    const endpoint = anEndpoint({ accountId });
    const configVersion = await world.configure(endpoint, created());
    const event = await world.publishEvent({ accountId, data: '{"timestamp":"yesterday","data":{}}' });
    expect(await show(accountId, event)).toMatchObject({ status: 'waiting', payload: null });
    await world.publish(routed(event, { configVersion, fault: 'bad-timestamp' }));
    await world.projected();
    expect(await show(accountId, event)).toMatchObject({ status: 'unusable', fault: 'bad-timestamp', deliveries: 0, configVersion, payload: null, endpoints: [] });
  });

  it('that is gone from its stream has its verdicts still, and no body', async () => {
    const accountId = anAccount();
    const endpoint = anEndpoint({ accountId });
    const configVersion = await world.configure(endpoint, created());
    const event = await world.publishEvent({ accountId });
    await world.publish(routed(event, { configVersion, deliveries: 1 }));
    await world.projected();
    expect((await show(accountId, event)).payload).toBe(payload);
    await (await world.js.jetstreamManager()).streams.deleteMessage(streams.events, event.sequence);
    expect(await show(accountId, event)).toMatchObject({ payload: null, configVersion, endpoints: [{ endpointId: endpoint.id, verdict: 'scheduled' }] });
    // Another event under its number, as in a stream that was lost and made anew, is not taken for it.
    const stranger = { subject: subjectOf(accountId), sequence: event.sequence + 1, storedAt: Date.now() - dayMs };
    await world.publishEvent({ accountId });
    await world.publish(routed(stranger));
    await world.projected();
    expect((await show(accountId, { id: eventIdOf(stranger.sequence, stranger.storedAt) })).payload).toBeNull();
  });
});

describe('the verdict on an endpoint', () => {
  const verdictsOf = async (accountId: string, event: PublishedEvent) => (await show(accountId, event)).endpoints;
  const nothing = { since: null, disabledReason: null, deliveryId: null, deliveryStatus: null };
  const url = 'https://hooks.example.com/cepro';

  it('is of every kind, by what the router had read', async () => {
    const accountId = anAccount();
    const [wants, other, off, failing, gone, deletedBefore, deletedAfter, later] = endpointsOf(accountId, 8);
    const at: Record<string, string> = {};
    const noted = (name: string, event: EndpointEvent) => ((at[name] = event.at), event);
    await world.configure(wants!, created());
    await world.configure(other!, created({ events: ['lead.created'] }));
    await world.configure(off!, noted('off', created({ active: false })));
    await world.configure(failing!, created());
    await world.configure(failing!, noted('failing', disabled('failing')));
    await world.configure(gone!, created());
    await world.configure(gone!, noted('gone', disabled('gone')));
    await world.configure(deletedBefore!, created());
    // Gone before the event was matched: it has nothing to do with it.
    await world.configure(deletedBefore!, deleted());
    const configVersion = await world.configure(deletedAfter!, created());
    const event = await world.publishEvent({ accountId });
    // Everything changes afterwards: that is another event's business.
    await world.configure(wants!, disabled());
    await world.configure(other!, { type: 'changed', at: new Date().toISOString(), events: ['invoice.paid'], url: 'https://elsewhere.example.com/' });
    await world.configure(off!, enabled());
    await world.configure(failing!, enabled());
    const lost = deliveryOf(event, deletedAfter!);
    const delivery = deliveryOf(event, wants!);
    await world.publish(scheduled(delivery), scheduled(lost), attempted(delivery), routed(event, { configVersion, deliveries: 2 }));
    await world.configure(deletedAfter!, noted('deletedAfter', deleted()));
    await world.configure(later!, noted('later', created()));
    await world.projected();

    const expected = [
      { ...nothing, endpointId: wants!.id, url, verdict: 'scheduled', deliveryId: delivery.id, deliveryStatus: 'succeeded' },
      { ...nothing, endpointId: other!.id, url, verdict: 'not-subscribed' },
      { ...nothing, endpointId: off!.id, url, verdict: 'inactive', since: at['off'] },
      { ...nothing, endpointId: failing!.id, url, verdict: 'disabled-by-system', since: at['failing'], disabledReason: 'failing' },
      { ...nothing, endpointId: gone!.id, url, verdict: 'disabled-by-system', since: at['gone'], disabledReason: 'gone' },
      { ...nothing, endpointId: deletedAfter!.id, url: null, verdict: 'deleted', since: at['deletedAfter'] },
      { ...nothing, endpointId: later!.id, url, verdict: 'created-later', since: at['later'] },
    ];
    expect(await verdictsOf(accountId, event)).toEqual(expected);
    // The same when the deleted ones' histories are erased down to the tombstone.
    await eventually(async () => expect(await world.held(streams.config, `webhooks.config.${accountId}.${deletedAfter!.id}`)).toBe(1));
    await eventually(async () => expect(await world.count('endpoints', `account_id = '${accountId}' AND erased_at IS NOT NULL`)).toBe(2));
    expect(await verdictsOf(accountId, event)).toEqual(expected);
    expect(JSON.stringify(await world.rows().then(({ events }) => events))).not.toContain(deletedAfter!.id);
  });

  it('goes by the deliveries where a router died half way and another one had read on', async () => {
    const accountId = anAccount();
    const [first, second] = endpointsOf(accountId, 2);
    await world.configure(first!, created());
    await world.configure(second!, created());
    const event = await world.publishEvent({ accountId });
    // The first router had come to the first endpoint when it died; then that was switched off.
    const delivery = deliveryOf(event, first!);
    await world.publish(scheduled(delivery));
    const configVersion = await world.configure(first!, disabled());
    await world.publish(scheduled(deliveryOf(event, second!)), cancelled(delivery), routed(event, { configVersion, deliveries: 1 }));
    await world.projected();
    const { deliveries, endpoints } = await show(accountId, event);
    expect(deliveries).toBe(2);
    expect(endpoints).toEqual([
      { ...nothing, endpointId: first!.id, url, verdict: 'scheduled', deliveryId: delivery.id, deliveryStatus: 'cancelled' },
      { ...nothing, endpointId: second!.id, url, verdict: 'scheduled', deliveryId: deliveryOf(event, second!).id, deliveryStatus: 'pending' },
    ]);
  });

  it('names the delivery before the log has it', async () => {
    const accountId = anAccount();
    const endpoint = anEndpoint({ accountId });
    const configVersion = await world.configure(endpoint, created());
    const event = await world.publishEvent({ accountId });
    await world.publish(routed(event, { configVersion, deliveries: 1 }));
    await world.projected();
    expect(await verdictsOf(accountId, event)).toMatchObject([{ verdict: 'scheduled', deliveryId: deliveryOf(event, endpoint).id, deliveryStatus: null }]);
  });

  it('is of the account\'s own endpoints only, and passes over what nobody can read', async () => {
    const [mine, other] = [anAccount(), anAccount()];
    const endpoint = anEndpoint({ accountId: mine });
    await world.configure(anEndpoint({ accountId: other }), created());
    await world.js.publish(`webhooks.config.${mine}.nonsense`, 'garbage');
    await world.js.publish(`webhooks.config.${mine}.${endpoint.id}`, 'garbage');
    const configVersion = await world.configure(endpoint, created());
    const event = await world.publishEvent({ accountId: mine });
    await world.publish(routed(event, { configVersion }));
    await world.projected();
    expect((await verdictsOf(mine, event)).map(({ endpointId }) => endpointId)).toEqual([endpoint.id]);
  });

  it('takes an account with a long history, and several who ask at once', async () => {
    const accountId = anAccount();
    const endpoints = Array.from({ length: 40 }, () => anEndpoint({ accountId }));
    let configVersion = 0;
    for (const endpoint of endpoints) configVersion = await world.configure(endpoint, created());
    const event = await world.publishEvent({ accountId });
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(endpoints.map((endpoint) => world.configure(endpoint, round % 2 ? enabled() : disabled())));
    }
    await world.publish(routed(event, { configVersion, deliveries: 40 }));
    await world.projected();
    const answers = await Promise.all(Array.from({ length: 10 }, () => log.get<EventAnswer>(`/v1/events/${event.id}`, { accountId })));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.endpoints.map(({ verdict }) => verdict)).toEqual(endpoints.map(() => 'scheduled'));
    }
  });
});

describe('what can not be read', () => {
  it('is passed over and counted, and stops nothing', async () => {
    const accountId = anAccount();
    const event = await world.publishEvent({ accountId });
    const good = JSON.parse(String(routed(event).data)) as Record<string, unknown>;
    const broken = ['my-secret-garbage', '{}', ...[
      { deliveries: 2 ** 40 }, { deliveries: -1 }, { configVersion: 1.5 }, { storedAt: 2 ** 50 }, { sequence: event.sequence + 1 }, { fault: 'a\0b' }, { accountId: 'a.b' },
    ].map((wrong) => JSON.stringify({ ...good, ...wrong })), routed({ ...event, storedAt: Date.UTC(9000, 1) }).data as string];
    const counter = /webhooks_projection_unreadable_total\{projection="routings"\}/;
    const before = await log.metric(counter);
    await world.publish(...broken.map((data) => ({ subject: 'webhooks.routings', data })), routed(event, { deliveries: 4 }));
    await world.projected();
    expect(await log.metric(counter)).toBe(before + broken.length);
    expect(await show(accountId, event)).toMatchObject({ status: 'routed', deliveries: 4 });
    expect(log.service.lines.join('\n')).not.toContain('my-secret-garbage');
  });
});

describe('without NATS', () => {
  it('the list goes on, and a single event is told to be unavailable', async () => {
    const accountId = anAccount();
    const event = await world.publishEvent({ accountId });
    await world.publish(routed(event));
    await world.projected();
    await world.nats.pause();
    const answer = await log.get<{ code: string }>(`/v1/events/${event.id}`, { accountId });
    expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
    expect((await list(accountId)).data).toMatchObject([{ id: event.id, status: 'routed' }]);
    // One that the log has not come to may be there.
    const unknown = await log.get<{ code: string }>(`/v1/events/${eventIdOf(event.sequence + 1, event.storedAt + 1)}`, { accountId });
    expect([unknown.status, unknown.body.code]).toEqual([503, 'unavailable']);
    await world.nats.resume();
    await eventually(async () => expect((await log.get(`/v1/events/${event.id}`, { accountId })).status).toBe(200));
  });
});

describe('days', () => {
  it('of events are dropped with those of the deliveries, and what is too old is passed over', async () => {
    const accountId = anAccount();
    const event = (days: number) => ({ subject: subjectOf(accountId), sequence: 5_000_000 + days, storedAt: Date.now() - days * dayMs });
    await world.publish(routed(event(40)), routed(event(28)), routed(event(1)));
    await world.projected();
    expect((await list(accountId)).data).toHaveLength(2);
    const replica = await world.startLog({ LOG_RETENTION_DAYS: '25' });
    await eventually(async () => expect((await list(accountId)).data).toHaveLength(1));
    await replica.stop();
  });
});
