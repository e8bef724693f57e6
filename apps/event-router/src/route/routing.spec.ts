import { describe, expect, it } from '@jest/globals';
import { timeOfId } from '@cepro/contracts';
import { deliveriesOf, readEvent } from './routing.ts';

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

describe('deliveriesOf', () => {
  it('names the same delivery when an event is routed again, and another for each endpoint', () => {
    const event = readEvent(anEvent('cepro.events.acct_42.invoice.paid', good));
    if (!event.ok) throw new Error(event.reason);
    const first = deliveriesOf(event.value, ['one', 'two'], 3);
    const again = deliveriesOf(event.value, ['two', 'one'], 4);
    expect(first.map(({ deliveryId }) => deliveryId)).toEqual(again.map(({ deliveryId }) => deliveryId).reverse());
    expect(new Set(first.map(({ deliveryId }) => deliveryId)).size).toBe(2);
    expect(timeOfId(first[0]!.deliveryId)).toBe(storedAt);
  });
});
