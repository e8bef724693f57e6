import { describe, expect, it } from '@jest/globals';
import {
  decodeAttempt, decodeCancellation, decodeDeliveryRequest, decodeTestedAttempt, deliveryMsgId, deliveryRequestHeaders, type Attempt, type DeliveryRequest,
} from './delivery.ts';
import { deliveryIdOf, eventIdOf } from './ids.ts';
import { deliverySubject, type DeliveryFact } from './subjects.ts';

const endpointId = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const eventId = eventIdOf(42, Date.parse('2026-03-08T14:30:00Z'));
const deliveryId = deliveryIdOf(eventId, endpointId);
const body = new TextEncoder().encode('{"event":"invoice.paid"}');
const scheduled: DeliveryRequest = { deliveryId, endpointId, accountId: 'acct_42', eventId, eventType: 'invoice.paid', configVersion: 7, body };

function onTheWire(request: DeliveryRequest, fact: DeliveryFact, changed: Record<string, string | undefined> = {}) {
  const headers: Record<string, string | undefined> = { ...deliveryRequestHeaders(request), ...changed };
  return { subject: deliverySubject('n', 3, request.endpointId, fact), data: request.body, header: (name: string) => headers[name] };
}

describe('a delivery request', () => {
  it('is read as it was written', () => {
    expect(decodeDeliveryRequest(onTheWire(scheduled, 'scheduled'))).toEqual({ ok: true, value: scheduled });
    expect(decodeDeliveryRequest(onTheWire({ ...scheduled, configVersion: 0 }, 'scheduled'))).toMatchObject({ ok: true, value: { configVersion: 0 } });
  });

  it('of a manual retry says which attempt to make', () => {
    const retry = { ...scheduled, attempt: 5 };
    expect(decodeDeliveryRequest(onTheWire(retry, 'retry'))).toEqual({ ok: true, value: retry });
  });

  it('has its body as it is, without a copy', () => {
    const decoded = decodeDeliveryRequest(onTheWire(scheduled, 'scheduled'));
    expect(decoded.ok && decoded.value.body).toBe(body);
  });

  it('that was diverted says how far it had come', () => {
    for (const progress of [{ attempts: 0 }, { attempts: 2, dueAt: 1_795_507_200_123 }]) {
      expect(decodeDeliveryRequest(onTheWire({ ...scheduled, progress }, 'diverted'))).toEqual({ ok: true, value: { ...scheduled, progress } });
    }
  });

  it('carries the trace that it is in, and goes on without one that is malformed', () => {
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' };
    for (const [fact, request] of [['scheduled', scheduled], ['retry', { ...scheduled, attempt: 5 }], ['diverted', { ...scheduled, progress: { attempts: 1 } }]] as const) {
      expect(decodeDeliveryRequest(onTheWire({ ...request, trace }, fact))).toEqual({ ok: true, value: { ...request, trace } });
      expect(decodeDeliveryRequest(onTheWire({ ...request, trace }, fact, { traceparent: 'nonsense' }))).toEqual({ ok: true, value: request });
    }
  });

  it.each([undefined, '', '-1', '1.5', 'x', '99999999999999999999'])('that was diverted is refused after %j attempts', (attempts) => {
    const message = onTheWire({ ...scheduled, progress: { attempts: 1 } }, 'diverted', { 'Webhook-Attempts': attempts });
    expect(decodeDeliveryRequest(message)).toEqual({ ok: false, reason: expect.stringContaining('Webhook-Attempts') });
  });

  it('that was diverted is refused with a due time that is none', () => {
    const message = onTheWire({ ...scheduled, progress: { attempts: 1, dueAt: 5 } }, 'diverted', { 'Webhook-Due-At': 'soon' });
    expect(decodeDeliveryRequest(message)).toEqual({ ok: false, reason: expect.stringContaining('Webhook-Due-At') });
  });

  it('has every header once, and no attempt unless it is a retry', () => {
    expect(deliveryRequestHeaders(scheduled)).toEqual({
      'Webhook-Delivery-Id': deliveryId, 'Webhook-Account-Id': 'acct_42', 'Webhook-Event-Id': eventId, 'Webhook-Event-Type': 'invoice.paid', 'Webhook-Config-Version': '7',
    });
    expect(deliveryRequestHeaders({ ...scheduled, attempt: 5 })).toMatchObject({ 'Webhook-Attempt': '5' });
  });

  it.each([
    ['Webhook-Delivery-Id', [undefined, '', 'dlv_1', eventId, endpointId, `${deliveryId} `]],
    ['Webhook-Account-Id', [undefined, '', 'a b', '*', 'a'.repeat(65)]],
    ['Webhook-Event-Id', [undefined, '', deliveryId]],
    ['Webhook-Event-Type', [undefined, '', 'invoice.refunded', '__proto__', 'Invoice.Paid']],
    ['Webhook-Config-Version', [undefined, 'x', '-1', '1.5', '1e400', '9007199254740993']],
  ])('without a proper %s is refused, and says so', (header, values) => {
    for (const value of values) {
      expect(decodeDeliveryRequest(onTheWire(scheduled, 'scheduled', { [header]: value }))).toEqual({ ok: false, reason: expect.stringContaining(header) });
    }
  });

  it.each([undefined, '', '0', '-1', '1.5', 'x'])('of a manual retry is refused with attempt %j', (attempt) => {
    expect(decodeDeliveryRequest(onTheWire(scheduled, 'retry', { 'Webhook-Attempt': attempt }))).toEqual({ ok: false, reason: expect.stringContaining('Webhook-Attempt') });
  });

  it.each(['attempted', 'cancelled', 'tested'] as const)('is no message of fact %s', (fact) => {
    expect(decodeDeliveryRequest(onTheWire(scheduled, fact))).toEqual({ ok: false, reason: expect.stringContaining(fact) });
  });
});

const attempt: Attempt = {
  deliveryId, accountId: 'acct_42', eventType: 'invoice.paid', attempt: 2, startedAt: '2026-03-08T14:30:10.000Z', responseTimeMs: 87, outcome: 'Retrying', statusCode: 503, error: null,
  url: 'https://hooks.example.com/ce', requestHeaders: { 'X-Webhook-Attempt': '2' }, responseBody: Buffer.from([0, 255, 10]).toString('base64'), responseTruncated: false,
  nextAttemptAt: '2026-03-08T14:31:10.000Z',
};
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('an attempt', () => {
  it('is read as it was written', () => {
    expect(decodeAttempt(bytes(attempt))).toEqual({ ok: true, value: attempt });
    const unanswered: Attempt = { ...attempt, outcome: 'Failed', statusCode: null, error: 'timeout', responseBody: '', nextAttemptAt: null };
    expect(decodeAttempt(bytes(unanswered))).toEqual({ ok: true, value: unanswered });
  });

  it('of a Send Test has the body that was sent', () => {
    expect(decodeTestedAttempt(bytes({ ...attempt, requestBody: '{}' }))).toEqual({ ok: true, value: { ...attempt, requestBody: '{}' } });
    expect(decodeTestedAttempt(bytes(attempt))).toMatchObject({ ok: false });
  });

  it.each([
    { deliveryId: 'x' }, { accountId: '' }, { eventType: 'invoice.refunded' }, { attempt: 0 }, { attempt: 1.5 }, { startedAt: 'now' }, { responseTimeMs: -1 }, { outcome: 'Perhaps' },
    { statusCode: '200' }, { error: 'mood' }, { url: null }, { requestHeaders: { a: 1 } }, { responseBody: 'no base 64!' }, { responseTruncated: 0 }, { nextAttemptAt: undefined },
  ])('is refused with %j', (fault) => {
    expect(decodeAttempt(bytes({ ...attempt, ...fault }))).toEqual({ ok: false, reason: expect.stringContaining(Object.keys(fault)[0]!) });
  });
});

describe('a cancellation', () => {
  const cancellation = { deliveryId, reason: 'endpoint-disabled', at: '2026-03-08T14:30:10.000Z' };

  it('is read as it was written', () => expect(decodeCancellation(bytes(cancellation))).toEqual({ ok: true, value: cancellation }));

  it.each([{ deliveryId: 'x' }, { reason: 'mood' }, { at: 'now' }])('is refused with %j', (fault) => {
    expect(decodeCancellation(bytes({ ...cancellation, ...fault }))).toMatchObject({ ok: false });
  });
});

describe('the message ids', () => {
  it('differ for every fact of a delivery', () => {
    const ids = [
      deliveryMsgId.scheduled(deliveryId), ...[1, 2, 11].map((n) => deliveryMsgId.attempted(deliveryId, n)), ...[1, 2, 11].map((n) => deliveryMsgId.retry(deliveryId, n, 0)),
      deliveryMsgId.retry(deliveryId, 1, 11),
      ...[1, 2, 11].map((version) => deliveryMsgId.cancelled(deliveryId, version)),
    ];
    expect(new Set(ids).size).toBe(11);
  });
});
