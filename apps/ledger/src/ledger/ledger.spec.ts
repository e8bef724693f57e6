import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, eventIdOf, newEndpointId, type EndpointEvent, type EventType, type Lane, type Routing } from '@cepro/contracts';
import { ConfigHistory } from './config-history.ts';
import type { Entry } from './entry.ts';
import { emptyLedger, Ledger, type Horizon, type Unaccounted } from './ledger.ts';
import type { Order } from './ledger-state.ts';

const at = '2026-03-08T14:30:00.000Z';
const storedAt = Date.parse(at);
const accountId = 'acct_42';
const eventType = 'invoice.paid' as const;
const [one, two] = [newEndpointId(), newEndpointId()];
const created = (events: EventType[] = [eventType]): EndpointEvent => ({ type: 'created', at, url: 'https://a.example', events, active: true, description: null, sealedSecret: 's' });

/** Two endpoints, which both want the event, as of versions 1 and 2. */
function aHistory(): ConfigHistory {
  const history = new ConfigHistory();
  [one, two].forEach((endpointId, index) => history.apply({ accountId, endpointId, version: index + 1, events: [created()] }));
  return history;
}

const eventOf = (sequence: number) => eventIdOf(sequence, storedAt + sequence);
const deliveryOf = (sequence: number, endpointId = one) => deliveryIdOf(eventOf(sequence), endpointId);
const routing = (sequence: number, more: Partial<Routing> = {}): Routing => ({
  eventId: eventOf(sequence), sequence, storedAt: storedAt + sequence, accountId, eventType, configVersion: 2, deliveries: 2, fault: null, ...more,
});
const bearer = (sequence: number, lane: Lane = 'n') => ({ lane, shard: 0, sequence });
const scheduled = (event: number, endpointId: string, sequence: number, more: Partial<Extract<Entry, { what: 'scheduled' }>> = {}): Entry => ({
  what: 'scheduled', deliveryId: deliveryOf(event, endpointId), eventId: eventOf(event), endpointId, accountId, eventType, configVersion: 2, ...bearer(sequence), ...more,
});
const ended = (what: 'succeeded' | 'failed', event: number, endpointId = one): Entry => ({ what, deliveryId: deliveryOf(event, endpointId), endpointId });
const failedOnce = (event: number, endpointId = one): Entry => ({ what: 'retrying', deliveryId: deliveryOf(event, endpointId), endpointId });
const cancelled = (event: number, endpointId = one): Entry => ({ what: 'cancelled', deliveryId: deliveryOf(event, endpointId), endpointId, reason: 'endpoint-disabled' });
const retried = (event: number, sequence: number, endpointId = one): Entry => ({ what: 'retry', deliveryId: deliveryOf(event, endpointId), eventId: eventOf(event), endpointId, ...bearer(sequence) });
const diverted = (event: number, sequence: number, endpointId = one): Entry => ({ what: 'diverted', deliveryId: deliveryOf(event, endpointId), endpointId, ...bearer(sequence, 's') });

/** Everything is settled that was ever stored. */
const everything: Horizon = { routed: 1_000, routings: 1_000, delivered: () => 1_000 };

type Taken = Entry | Routing | { readonly letter: number; readonly reason: string };

function given(...taken: Taken[]) {
  const history = aHistory();
  const ledger = new Ledger(history, emptyLedger({ routed: 0, since: 0 }));
  take(ledger, taken);
  return { history, ledger };
}

function take(ledger: Ledger, taken: readonly Taken[]): void {
  taken.forEach((what, index) => {
    if ('letter' in what) ledger.takeDeadLetter({ kind: 'event', sequence: what.letter, reason: what.reason });
    else if ('what' in what) ledger.take(what);
    else ledger.takeRouting(what, index + 1);
  });
}

const upTo = (routed: number, delivered: (lane: Lane) => number = () => 1_000): Horizon => ({ routed, routings: 1_000, delivered });
const open = (ledger: Ledger, horizon: Horizon): Unaccounted[] => [...ledger.unaccounted(horizon)];
const fault = (kind: 'unscheduled' | 'unwarranted' | 'unfinished' | 'doubled', event: number, sequence: number, endpointId = one): Unaccounted =>
  ({ kind, deliveryId: deliveryOf(event, endpointId), eventId: eventOf(event), endpointId, sequence });

const whole = [scheduled(1, one, 1), scheduled(1, two, 2), routing(1), ended('succeeded', 1, one), ended('failed', 1, two)];

describe('an event', () => {
  it('adds up when each delivery has come to an end, in whatever order the streams are read', () => {
    for (const order of [whole, [whole[2]!, whole[0]!, whole[1]!, whole[3]!, whole[4]!], [whole[0]!, whole[3]!, whole[2]!, whole[1]!, whole[4]!]]) {
      const { ledger } = given(...order);
      expect(open(ledger, upTo(1))).toEqual([]);
      expect(ledger.figures(1)).toMatchObject({
        waiting: 0, pending: { event: 0, hand: 0 },
        totals: { routed: 1, expected: 2, orders: { event: { ordered: 2, ended: { succeeded: 1, failed: 1 } } } },
      });
    }
  });

  it('adds up with nobody to get it', () => {
    const { ledger } = given(routing(1, { eventType: 'lead.created', deliveries: 0 }));
    expect(open(ledger, upTo(1))).toEqual([]);
    expect(ledger.figures(1).totals).toMatchObject({ routed: 1, expected: 0 });
  });

  it('may wait for the router, and is unrouted when the router is done with it', () => {
    const { ledger } = given(routing(2, { configVersion: 0 }));
    expect(open(ledger, upTo(0))).toEqual([]);
    expect(open(ledger, upTo(2))).toEqual([{ kind: 'unrouted', from: 1, to: 1 }]);
    expect(open(ledger, upTo(4))).toEqual([{ kind: 'unrouted', from: 1, to: 1 }, { kind: 'unrouted', from: 3, to: 4 }]);
    expect(ledger.figures(4).waiting).toBe(3);
  });

  it('lacks a delivery that was not scheduled', () => {
    const { ledger } = given(scheduled(1, one, 1), routing(1), ended('succeeded', 1));
    expect(open(ledger, upTo(1))).toEqual([fault('unscheduled', 1, 1, two)]);
    // What was routed after the horizon may still come.
    expect(open(ledger, { ...upTo(1), routings: 1 })).toEqual([]);
  });

  it('is matched by the configuration as of its routing', () => {
    const { ledger } = given(scheduled(1, one, 1, { configVersion: 1 }), routing(1, { configVersion: 1, deliveries: 1 }), ended('succeeded', 1));
    expect(open(ledger, upTo(1))).toEqual([]);
  });

  it('is counted once, however often it is noted', () => {
    const { ledger } = given(...whole, routing(1), routing(1));
    expect(open(ledger, upTo(1))).toEqual([]);
    expect(ledger.figures(1).totals).toMatchObject({ routed: 1, expected: 2 });
  });

  it('that was put aside needs a dead letter that says why', () => {
    const putAside = routing(1, { deliveries: 0, fault: 'not-json' });
    expect(open(given(putAside).ledger, upTo(1))).toEqual([{ kind: 'unreasoned', sequence: 1 }]);
    expect(open(given(putAside, { letter: 1, reason: '' }).ledger, upTo(1))).toEqual([{ kind: 'unreasoned', sequence: 1 }]);
    for (const order of [[putAside, { letter: 1, reason: 'not-json' }], [{ letter: 1, reason: 'not-json' }, putAside]]) {
      const { ledger } = given(...order);
      expect(open(ledger, upTo(1))).toEqual([]);
      expect(ledger.figures(1).totals).toMatchObject({ routed: 0, unusable: { 'not-json': 1 }, deadLetters: { 'not-json': 1 } });
    }
  });
});

describe('a delivery', () => {
  it('is pending as long as its message is not acknowledged, and unfinished when it is', () => {
    const { ledger } = given(scheduled(1, one, 7), scheduled(1, two, 9), routing(1));
    expect(open(ledger, upTo(1, () => 6))).toEqual([]);
    expect(open(ledger, upTo(1, () => 7))).toEqual([fault('unfinished', 1, 7)]);
    expect(ledger.figures(1).pending).toEqual({ event: 2, hand: 0, earlier: 0 });
  });

  it('ends when it is cancelled, with the reason', () => {
    const { ledger } = given(scheduled(1, one, 1), scheduled(1, two, 2), routing(1), cancelled(1, one), cancelled(1, two));
    expect(open(ledger, everything).filter(({ kind }) => kind !== 'unrouted')).toEqual([]);
    expect(ledger.figures(1).totals.orders.event.ended).toEqual({ 'cancelled: endpoint-disabled': 2 });
  });

  it('goes on with the message that it was handed over by', () => {
    const { ledger } = given(scheduled(1, one, 1), scheduled(1, two, 2), routing(1), ended('succeeded', 1, two), diverted(1, 30));
    expect(open(ledger, upTo(1, (lane) => (lane === 'n' ? 1_000 : 29)))).toEqual([]);
    expect(open(ledger, upTo(1, (lane) => (lane === 'n' ? 0 : 30)))).toEqual([fault('unfinished', 1, 30)]);
  });

  it('waits for a retry once it has failed, by whatever message it goes on, until it has ended', () => {
    const { ledger } = given(scheduled(1, one, 1), scheduled(1, two, 2), routing(1));
    const waiting = (...taken: Taken[]) => {
      take(ledger, taken);
      return ledger.figures(1).retrying;
    };
    expect(waiting()).toBe(0);
    expect(waiting(failedOnce(1), failedOnce(1))).toBe(1);
    expect(waiting(failedOnce(1, two))).toBe(2);
    expect(waiting(diverted(1, 30), scheduled(1, one, 31), failedOnce(1))).toBe(2);
    expect(waiting(ended('succeeded', 1))).toBe(1);
    expect(waiting(cancelled(1, two))).toBe(0);
    expect(waiting(failedOnce(1), retried(1, 50))).toBe(0);
  });

  it('ends once, however often it is said', () => {
    const { ledger } = given(...whole, ended('succeeded', 1, one), cancelled(1, one), diverted(1, 40));
    expect(open(ledger, upTo(1))).toEqual([]);
    expect(ledger.figures(1).totals.orders.event).toEqual({ ordered: 2, ended: { succeeded: 1, failed: 1 } });
  });

  it('is open once more when it is retried by hand', () => {
    const { ledger } = given(...whole, retried(1, 50, two));
    expect(open(ledger, upTo(1, () => 49))).toEqual([]);
    expect(open(ledger, upTo(1, () => 50))).toEqual([fault('unfinished', 1, 50, two)]);
    take(ledger, [ended('succeeded', 1, two)]);
    expect(open(ledger, upTo(1))).toEqual([]);
    expect(ledger.figures(1).totals.orders.hand).toEqual({ ordered: 1, ended: { succeeded: 1 } });
  });

  it('that is scheduled again while it is open is told of', () => {
    const { ledger } = given(scheduled(1, one, 1), scheduled(1, one, 5), scheduled(1, two, 6), routing(1));
    expect(open(ledger, upTo(1, () => 0))).toEqual([fault('doubled', 1, 5)]);
    expect(ledger.figures(1).totals.orders.event.ordered).toBe(2);
  });

  it.each<[string, Partial<Extract<Entry, { what: 'scheduled' }>>]>([
    ['another account', { accountId: 'acct_43' }], ['a type that it does not want', { eventType: 'lead.created' }], ['a version before it was there', { configVersion: 0 }],
  ])('for an endpoint by %s is unwarranted', (_, wrong) => {
    const { ledger, history } = given(scheduled(1, one, 1, wrong), scheduled(1, two, 2), routing(1), ended('succeeded', 1, one), ended('succeeded', 1, two));
    expect(open(ledger, upTo(1))).toEqual([fault('unwarranted', 1, 1)]);
    history.apply({ accountId, endpointId: one, version: 3, events: [{ type: 'deleted', at }] });
    expect(open(ledger, upTo(1))).toEqual([]);
  });
});

describe('what the ledger does not judge', () => {
  it('is an event from before it began: its deliveries are counted apart, and come to their end all the same', () => {
    const ledger = new Ledger(aHistory(), emptyLedger({ routed: 5, since: storedAt + 6 }));
    take(ledger, [scheduled(3, one, 1), routing(3), scheduled(6, one, 2), scheduled(6, two, 3), routing(6), ended('succeeded', 6, one), ended('succeeded', 6, two)]);
    expect(open(ledger, upTo(6, () => 0))).toEqual([]);
    expect(open(ledger, upTo(6, () => 1))).toEqual([fault('unfinished', 3, 1)]);
    expect(ledger.figures(6)).toMatchObject({ waiting: 0, pending: { earlier: 1 }, totals: { routed: 1, expected: 2, orders: { event: { ordered: 2 }, earlier: { ordered: 1 } } } });
  });

  it('is a message that can not be read, which it names', () => {
    const { ledger } = given(...whole);
    ledger.takeUnreadable({ stream: 'DELIVERIES', sequence: 77 });
    expect(open(ledger, upTo(1))).toEqual([{ kind: 'unreadable', stream: 'DELIVERIES', sequence: 77 }]);
  });
});

describe('deleting an endpoint', () => {
  const deletion = (history: ConfigHistory) => history.apply({ accountId, endpointId: two, version: 3, events: [{ type: 'deleted', at }] });

  it('closes what was open of it, and what was missing', () => {
    const { ledger, history } = given(scheduled(1, one, 1), scheduled(1, two, 2), routing(1), scheduled(2, one, 3), routing(2), ended('succeeded', 1), ended('succeeded', 2), failedOnce(1, two));
    expect(open(ledger, upTo(2))).toEqual([fault('unscheduled', 2, 2, two), fault('unfinished', 1, 2, two)]);
    deletion(history);
    expect(open(ledger, upTo(2))).toEqual([]);
    expect(ledger.figures(2)).toMatchObject({ pending: { event: 0 }, retrying: 0, totals: { expected: 3, orders: { event: { ordered: 3, ended: { succeeded: 2, erased: 1 } } } } });
  });

  it('closes what is scheduled for it a moment later', () => {
    const { ledger, history } = given(routing(1), scheduled(1, one, 1), ended('succeeded', 1));
    deletion(history);
    take(ledger, [scheduled(1, two, 2)]);
    expect(open(ledger, upTo(1))).toEqual([]);
  });
});

describe('what is kept', () => {
  const facts = [
    scheduled(1, one, 1), routing(3), scheduled(3, two, 2), { letter: 9, reason: 'not-json' }, scheduled(2, one, 3), scheduled(2, two, 4), ended('failed', 2, one),
    routing(2), failedOnce(2, two), failedOnce(3, two), diverted(2, 20, two), scheduled(1, two, 21), routing(1), retried(2, 22, one), scheduled(3, one, 23), routing(9, { fault: 'not-json', deliveries: 0 }),
    ended('succeeded', 1, two), ended('succeeded', 2, two), ended('failed', 3, two), scheduled(4, one, 30, { accountId: 'acct_43' }), ended('succeeded', 2, one),
  ] satisfies Taken[];

  it('is enough to go on from anywhere, to the same books', () => {
    const expected = given(...facts).ledger;
    for (let cut = 0; cut <= facts.length; cut += 1) {
      const history = aHistory();
      const before = new Ledger(history, emptyLedger({ routed: 0, since: 0 }));
      const kept = new Map<string, Order>();
      let state = emptyLedger({ routed: 0, since: 0 });
      // Killed at the cut; kept after every second fact, so that some changes of an order are kept and some are not.
      facts.slice(0, cut).forEach((fact, index) => {
        take(before, [fact]);
        if (index % 2 > 0 && index < cut - 1) return;
        const changes = before.changes();
        state = JSON.parse(JSON.stringify(changes.state)) as typeof state;
        for (const order of changes.open) kept.set(order.deliveryId, order);
        for (const id of changes.closed) kept.delete(id);
      });
      const after = new Ledger(history, state, kept.values());
      take(after, facts.slice(cut));
      expect(after.figures(9)).toEqual(expected.figures(9));
      expect(new Set(open(after, everything))).toEqual(new Set(open(expected, everything)));
    }
  });

  it('does not grow with what is closed', () => {
    const { ledger } = given();
    for (let event = 1; event <= 500; event += 1) {
      take(ledger, [scheduled(event, one, 2 * event), scheduled(event, two, 2 * event + 1), routing(event), ended('succeeded', event, one), ended('succeeded', event, two)]);
    }
    // One comes late, from a router that had stood still, and an hour goes by.
    take(ledger, [scheduled(7, one, 5_000), ended('succeeded', 7, one)]);
    const later = storedAt + 2 * 3_600_000;
    take(ledger, [routing(501, { eventId: eventIdOf(501, later), storedAt: later, eventType: 'lead.created' })]);
    const { state, open: orders } = ledger.changes();
    expect(orders).toEqual([]);
    expect(state).toMatchObject({ coverage: { highest: 501, gaps: [] }, unscheduled: [], early: [], unwarranted: [], unreasoned: [] });
  });
});
