import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, deliveryRequestHeaders, deliverySubject, eventIdOf, newEndpointId, newTestDeliveryId, type WireMessage } from '@cepro/contracts';
import { readFact } from './fact.ts';

const now = Date.UTC(2026, 10, 24);
const endpointId = newEndpointId(now);
const eventId = eventIdOf(1, now);
const deliveryId = deliveryIdOf(eventId, endpointId);

function message(fact: 'scheduled' | 'attempted' | 'retry' | 'tested' | 'cancelled', data: string | Uint8Array | object, headers: Record<string, string> = {}): WireMessage {
  const bytes = data instanceof Uint8Array ? data : Buffer.from(typeof data === 'string' ? data : JSON.stringify(data));
  return { subject: deliverySubject('n', 0, endpointId, fact), data: bytes, header: (name) => headers[name] };
}

const headers = (attempt?: number) =>
  deliveryRequestHeaders({ deliveryId, accountId: 'acct_1', eventId, eventType: 'invoice.paid', configVersion: 3, ...(attempt && { attempt }) });
const attempt = {
  deliveryId, accountId: 'acct_1', eventType: 'invoice.paid', attempt: 1, startedAt: '2026-11-24T00:00:00.123456Z', responseTimeMs: 5, outcome: 'Success',
  statusCode: 200, error: null, url: 'https://example.com', requestHeaders: { A: 'b' }, responseBody: '', responseTruncated: false, nextAttemptAt: null,
};

describe('a message of the deliveries', () => {
  it('is a scheduled request, its body as text to the letter', () => {
    expect(readFact(message('scheduled', '\ufeff{"a":"Ž"}', headers()), now)).toEqual({
      ok: true,
      value: { what: 'scheduled', deliveryId, endpointId, storedAt: now, request: { accountId: 'acct_1', eventId, eventType: 'invoice.paid', configVersion: 3, payload: '\ufeff{"a":"Ž"}' } },
    });
  });

  it('is a retry with its number', () => {
    expect(readFact(message('retry', '{}', headers(5)), now)).toMatchObject({ ok: true, value: { what: 'retry', attempt: 5 } });
    expect(readFact(message('retry', '{}', headers()), now)).toMatchObject({ ok: false });
  });

  it('is an attempt, its times to the millisecond', () => {
    expect(readFact(message('attempted', attempt), now)).toMatchObject({ ok: true, value: { what: 'attempted', attempt: { startedAt: '2026-11-24T00:00:00.123Z' } } });
  });

  it('is a test with the body that was sent', () => {
    const body = { ...attempt, deliveryId: newTestDeliveryId(now), requestBody: 'a\0b' };
    expect(readFact(message('tested', body), now)).toMatchObject({ ok: true, value: { what: 'tested', payload: 'a\ufffdb' } });
  });

  it('is a cancellation', () => {
    expect(readFact(message('cancelled', { deliveryId, reason: 'endpoint-disabled', at: '2026-11-24T00:00:00Z' }), now)).toMatchObject({ ok: true, value: { what: 'cancelled', reason: 'endpoint-disabled' } });
  });

  it.each<[string, WireMessage]>([
    ['no JSON', message('attempted', 'x')],
    ['a body that is not UTF-8', message('scheduled', Buffer.from([0xff]), headers())],
    ['a NUL in the body', message('scheduled', 'a\0', headers())],
    ['a number that no integer holds', message('attempted', { ...attempt, responseTimeMs: 2 ** 31 })],
    ['the year 0', message('attempted', { ...attempt, nextAttemptAt: '0000-01-01T00:00:00Z' })],
    ['an id from the future', message('attempted', { ...attempt, deliveryId: newTestDeliveryId(now + 25 * 3_600_000) })],
    ['another subject', { ...message('attempted', attempt), subject: 'webhooks.deliveries.n.00.x.attempted' }],
  ])('is nothing to store with %s', (_, unreadable) => {
    expect(readFact(unreadable, now)).toEqual({ ok: false, reason: expect.any(String) });
  });
});
