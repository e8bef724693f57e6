import { describe, expect, it } from '@jest/globals';
import { readEvent } from '@cepro/contracts';
import { toHeaders } from '@cepro/jetstream';
import { routeSpan } from './route-span.ts';

const stored = { subject: 'cepro.events.acct_42.invoice.paid', data: Buffer.from('{"timestamp":"2026-03-08T14:30:00Z","data":{"name":"hidden"}}'), sequence: 7, storedAt: Date.parse('2026-03-08T14:30:01Z') };
const messageOf = (msgId: string) => ({ seq: 7, headers: toHeaders({ 'Nats-Msg-Id': msgId }) });

describe('the span of routing', () => {
  it('names the event, its type and whose it is, and nothing of what is in it', () => {
    const event = readEvent(stored);
    const span = routeSpan(messageOf('invoices:inv_1.paid'), event);
    expect(span).toMatchObject({
      name: 'route CEPRO_EVENTS',
      kind: 'consumer',
      attributes: {
        'messaging.system': 'nats', 'messaging.operation.type': 'process', 'messaging.destination.name': 'CEPRO_EVENTS', 'messaging.message.id': 'invoices:inv_1.paid',
        'cepro.event.id': event.ok && event.value.eventId, 'cepro.event.type': 'invoice.paid', 'cepro.account.id': 'acct_42', 'cepro.event.sequence': 7,
      },
    });
    expect(JSON.stringify(span)).not.toContain('hidden');
  });

  it('names of an event that can not be read where it is', () => {
    const span = routeSpan({ seq: 7, headers: undefined }, readEvent({ ...stored, data: Buffer.from('hidden') }));
    expect(span.attributes).toMatchObject({ 'cepro.event.sequence': 7 });
    for (const name of ['messaging.message.id', 'cepro.account.id']) expect(Object.keys(span.attributes)).not.toContain(name);
    expect(JSON.stringify(span)).not.toContain('hidden');
  });

  it('cuts an id that goes on and on', () => {
    expect(routeSpan(messageOf('x'.repeat(10_000)), readEvent(stored)).attributes['messaging.message.id']).toBe('x'.repeat(200));
  });
});
