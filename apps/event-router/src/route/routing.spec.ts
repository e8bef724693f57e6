import { describe, expect, it } from '@jest/globals';
import { readEvent, timeOfId } from '@cepro/contracts';
import { deliveriesOf } from './routing.ts';

const storedAt = Date.parse('2026-03-08T14:30:01.000Z');

describe('deliveriesOf', () => {
  it('names the same delivery when an event is routed again, and another for each endpoint', () => {
    const data = Buffer.from('{"timestamp":"2026-03-08T14:30:00Z","data":{"total":250.10}}');
    const event = readEvent({ subject: 'cepro.events.acct_42.invoice.paid', data, sequence: 7, storedAt });
    if (!event.ok) throw new Error(event.reason);
    const first = deliveriesOf(event.value, ['one', 'two'], 3);
    const again = deliveriesOf(event.value, ['two', 'one'], 4);
    expect(first.map(({ deliveryId }) => deliveryId)).toEqual(again.map(({ deliveryId }) => deliveryId).reverse());
    expect(new Set(first.map(({ deliveryId }) => deliveryId)).size).toBe(2);
    expect(timeOfId(first[0]!.deliveryId)).toBe(storedAt);
  });
});
