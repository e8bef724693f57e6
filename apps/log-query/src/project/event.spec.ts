import { describe, expect, it } from '@jest/globals';
import { eventIdOf, routingOf } from '@cepro/contracts';
import { eachOnce, readPublished, readRouting } from './event.ts';

const time = new Date('2026-11-24T10:00:00.123Z');
const storedAt = time.getTime();
const subject = 'cepro.events.acct_42.invoice.paid';
const outcome = { configVersion: 5, deliveries: 2, fault: null };
const routing = routingOf({ subject, sequence: 7, storedAt }, outcome);
const message = (value: unknown) => ({ data: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), time: new Date(storedAt + 5) });

const published = readPublished({ subject, seq: 7, time })!;

describe('an event', () => {
  it('is the same, whether it is known by its own message or by its routing', () => {
    expect(published).toEqual({ eventId: eventIdOf(7, storedAt), createdAt: storedAt, accountId: 'acct_42', eventType: 'invoice.paid', sequence: 7, routed: null });
    expect(readRouting(message(routing))).toEqual({ ok: true, value: { ...published, routed: outcome } });
  });

  it('of an unknown type is still its account\'s, one without an account nobody\'s', () => {
    const unknown = 'cepro.events.acct_42.invoice.payed';
    expect(readPublished({ subject: unknown, seq: 7, time })).toMatchObject({ accountId: 'acct_42', eventType: null });
    const faulty = { configVersion: 5, deliveries: 0, fault: 'unknown-type' } as const;
    expect(readRouting(message(routingOf({ subject: unknown, sequence: 7, storedAt }, faulty)))).toMatchObject({ value: { eventType: null, routed: faulty } });
    for (const nobodys of ['cepro.events', 'cepro.events.a$b.invoice.paid']) {
      expect(readPublished({ subject: nobodys, seq: 7, time })).toBeUndefined();
      expect(readRouting(message(routingOf({ subject: nobodys, sequence: 7, storedAt }, { ...outcome, fault: 'bad-subject' })))).toEqual({ ok: true, value: undefined });
    }
  });

  it('of a type or with a fault that a newer router knows is taken as it is', () => {
    const type = readRouting(message({ ...routing, eventType: 'invoice.teleported' }));
    expect(type).toEqual({ ok: true, value: { ...published, eventType: 'invoice.teleported', routed: outcome } });
    const fault = readRouting(message({ ...routing, deliveries: 0, fault: 'bad-weather' }));
    expect(fault).toMatchObject({ ok: true, value: { routed: { fault: 'bad-weather' } } });
  });

  it.each<[string, unknown]>([
    ['garbage', 'garbage'],
    ['another event\'s id', { ...routing, sequence: 8 }],
    ['a number of deliveries that no column holds', { ...routing, deliveries: 2 ** 31 }],
    ['a time two days ahead', routingOf({ subject, sequence: 7, storedAt: storedAt + 2 * 86_400_000 }, outcome)],
    ['a time that no id can carry', { ...routing, storedAt: 2 ** 50 }],
  ])('with a routing of %s is passed over', (_, value) => {
    expect(readRouting(message(value)).ok).toBe(false);
  });
});

describe('a batch', () => {
  const first = { ...published, routed: outcome };
  const again = { ...published, routed: { configVersion: 9, deliveries: 0, fault: null } };

  it('has each event once, with its first routing', () => {
    expect(eachOnce([published, published])).toEqual([published]);
    expect(eachOnce([first, again, published])).toEqual([first]);
    expect(eachOnce([published, first])).toEqual([first]);
  });
});
