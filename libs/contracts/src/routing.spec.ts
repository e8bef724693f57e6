import { describe, expect, it } from '@jest/globals';
import type { EventType } from './catalogue.ts';
import { eventIdOf } from './ids.ts';
import type { EndpointEvent } from './endpoint.ts';
import { addressIn, decodeRouting, evolveSubscription, matches, readEvent, routingOf, subscribes, type Subscription } from './routing.ts';

const storedAt = Date.parse('2026-03-08T14:30:01.000Z');
const anEvent = (subject: string, body: string | Uint8Array) => ({ subject, data: Buffer.from(body), sequence: 7, storedAt });
const good = '{"timestamp":"2026-03-08T14:30:00Z","data":{"total":250.10,"n":12345678901234567890}}';

describe('readEvent', () => {
  it('gives the exact body that every receiver gets', () => {
    const event = readEvent(anEvent('cepro.events.acct_42.invoice.paid', good));
    expect(event.ok && Buffer.from(event.value.body).toString()).toBe(
      '{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"total":250.10,"n":12345678901234567890}}',
    );
    expect(event).toMatchObject({ ok: true, value: { accountId: 'acct_42', eventType: 'invoice.paid' } });
  });

  it.each([
    ['cepro.events.acct$42.invoice.paid', good, 'bad-account'],
    ['cepro.events.acct_42.invoice.teleported', good, 'unknown-type'],
    ['cepro.events.acct_42', good, 'bad-subject'],
    ['cepro.events.acct_42.invoice.paid', 'nonsense', 'not-json'],
    ['cepro.events.acct_42.invoice.paid', '[]', 'not-an-object'],
    ['cepro.events.acct_42.invoice.paid', '{"data":{}}', 'bad-timestamp'],
    ['cepro.events.acct_42.invoice.paid', '{"timestamp":"2026-03-08T14:30:00Z"}', 'no-data'],
    ['cepro.events.acct_42.invoice.paid', new Uint8Array([0xff, 0xfe]), 'not-utf8'],
    ['cepro.events.acct_42.invoice.paid', ' '.repeat(262_145), 'too-large'],
  ] as const)('says why %s can not be routed (%#)', (subject, body, reason) => {
    expect(readEvent(anEvent(subject, body))).toEqual({ ok: false, reason });
  });
});

describe('matches', () => {
  const events: EventType[] = ['invoice.paid', 'estimate_created'];

  it('takes an endpoint that is on and wants exactly that type, whether its types are a list or a set', () => {
    for (const wanted of [events, new Set(events)]) {
      expect(matches({ active: true, events: wanted }, 'invoice.paid')).toBe(true);
      expect(matches({ active: true, events: wanted }, 'estimate.created')).toBe(false);
      expect(matches({ active: false, events: wanted }, 'invoice.paid')).toBe(false);
      expect(subscribes({ events: wanted }, 'invoice.paid')).toBe(true);
    }
  });
});

describe('a subscription', () => {
  const at = '2026-03-08T14:30:00.000Z';
  const created: EndpointEvent = { type: 'created', at, url: 'https://a.example', events: ['invoice.paid'], active: true, description: null, sealedSecret: 's' };
  const after = (...events: EndpointEvent[]) => events.reduce<Subscription | undefined>(evolveSubscription, undefined);

  it.each<[string, EndpointEvent[], Subscription | undefined]>([
    ['begins with its endpoint', [created], { active: true, events: ['invoice.paid'] }],
    ['is not made by a change', [{ type: 'changed', at, events: ['lead.created'] }, { type: 'enabled', at }], undefined],
    ['follows what is wanted', [created, { type: 'changed', at, events: ['lead.created'] }], { active: true, events: ['lead.created'] }],
    ['stays with a new URL, or a secret sealed anew', [created, { type: 'changed', at, url: 'https://b.example' }, { type: 'secret_sealed', at, sealedSecret: 't' }], { active: true, events: ['invoice.paid'] }],
    ['is off and on', [created, { type: 'disabled', at, reason: 'user' }], { active: false, events: ['invoice.paid'] }],
    ['is on again', [created, { type: 'disabled', at, reason: 'gone' }, { type: 'enabled', at }], { active: true, events: ['invoice.paid'] }],
    ['ends with its endpoint', [created, { type: 'deleted', at }, { type: 'enabled', at }], undefined],
  ])('%s', (_, events, expected) => {
    expect(after(...events)).toEqual(expected);
  });
});

describe('a routing', () => {
  const subject = 'cepro.events.acct_42.invoice.paid';
  const routing = routingOf({ subject, sequence: 7, storedAt }, { configVersion: 3, deliveries: 2, fault: null });
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

  it('says of which event, by which configuration, and what came of it', () => {
    expect(routing).toEqual({
      eventId: eventIdOf(7, storedAt), sequence: 7, storedAt, accountId: 'acct_42', eventType: 'invoice.paid', configVersion: 3, deliveries: 2, fault: null,
    });
    expect(decodeRouting(bytes(routing))).toEqual({ ok: true, value: routing });
  });

  it.each([
    ['another event\'s id', { eventId: eventIdOf(8, storedAt) }],
    ['no version', { configVersion: undefined }],
    ['a time that no id can carry', { storedAt: 2 ** 48 }],
    ['a fault that is no code', { fault: 'Bad weather' }],
    ['a fault without end', { fault: 'x'.repeat(65) }],
    ['a type that no subject names', { eventType: 'invoice..paid' }],
    ['a type without end', { eventType: 'x'.repeat(65) }],
    ['a type that is a number', { eventType: 7 }],
  ])('with %s can not be read', (_, wrong) => {
    expect(decodeRouting(bytes({ ...routing, ...wrong })).ok).toBe(false);
  });

  it.each([{ eventType: 'invoice.teleported' }, { eventType: null, deliveries: 0, fault: 'bad-weather' }])('of a newer router, with %j, can be read', (newer) => {
    expect(decodeRouting(bytes({ ...routing, ...newer }))).toEqual({ ok: true, value: { ...routing, ...newer } });
  });

  it.each([
    ['cepro.events.acct_42.invoice.teleported', { accountId: 'acct_42', eventType: null }],
    ['cepro.events.acct$42.invoice.paid', { accountId: null, eventType: 'invoice.paid' }],
    ['cepro.events', { accountId: null, eventType: null }],
  ])('of %s says what the subject says', (address, expected) => {
    expect(addressIn(address)).toEqual(expected);
  });
});
