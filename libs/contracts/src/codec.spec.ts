import { describe, expect, it } from '@jest/globals';
import { randomFrom, type Random } from '../test/random.ts';
import { catalogue, eventTypes } from './catalogue.ts';
import { deadLetterOf } from './dead-letter.ts';
import { decodeAttempt, decodeCancellation, decodeDeliveryRequest, decodeTestedAttempt, deliveryRequestHeaders } from './delivery.ts';
import { decodeDomainEvent } from './domain-event.ts';
import { absentEndpoint, decodeEndpointEvents, encodeEndpointEvents, evolveEndpoint } from './endpoint.ts';
import { deliveryIdOf, eventIdOf, newEndpointId } from './ids.ts';
import { parseSendTestRequest, parseSendTestResult } from './send-test.ts';
import { configSubject, deliverySubject, eventSubject, parseConfigSubject, parseDeliverySubject, parseEventSubject } from './subjects.ts';

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const at = '2026-03-08T14:30:00.000Z';
const endpointId = newEndpointId(0);
const eventId = eventIdOf(1, 0);
const deliveryId = deliveryIdOf(eventId, endpointId);
const request = { deliveryId, endpointId, accountId: 'acct_42', eventId, eventType: 'invoice.paid' as const, configVersion: 1, attempt: 5 };
const attempt = {
  deliveryId, accountId: 'acct_42', eventType: 'invoice.paid', attempt: 1, startedAt: at, responseTimeMs: 1, outcome: 'Success', statusCode: 200, error: null,
  url: 'https://a.example.com', requestHeaders: { a: 'b' }, responseBody: 'b2s=', responseTruncated: false, nextAttemptAt: null, requestBody: '{}',
};

const bodies = [
  ...eventTypes.slice(0, 4).map((type) => encode({ timestamp: at, data: { ...catalogue[type].example, precise: 0.1 } })),
  encode(`{"timestamp":"${at}","data":{"n":12345678901234567890,"m":[1e400,{"k":-0}]}}`),
  encode(attempt),
  encode({ deliveryId, reason: 'endpoint-disabled', at }),
  encode(encodeEndpointEvents([
    { type: 'created', at, url: 'https://a.example.com', events: ['lead.created'], active: true, description: null, sealedSecret: 's' },
    { type: 'changed', at, events: ['job.created'] }, { type: 'disabled', at, reason: 'gone' }, { type: 'deleted', at },
  ])),
];
const texts = [
  eventSubject('acct_42', 'invoice.paid'), configSubject('acct_42', endpointId), deliverySubject('n', 3, endpointId, 'retry'), ...Object.values(deliveryRequestHeaders(request)),
];
const facts = ['scheduled', 'attempted', 'cancelled', 'retry', 'tested', 'diverted'] as const;

/** A few bytes changed, taken out, put in, or the end cut off. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const out = [...bytes];
  for (let n = 1 + random.below(6); n > 0; n--) {
    const place = random.below(out.length + 1);
    const piece = random.below(2) ? [...random.bytes(1 + random.below(3))] : [...encode(random.pick(['"', '{', '}', '[', ']', ',', ':', '-', '1e999', 'null', '\\u', '__proto__', '\ud83d', '.', '\n']))];
    out.splice(place, random.below(4), ...(random.below(3) ? piece : []));
  }
  return Uint8Array.from(random.below(8) ? out : out.slice(0, random.below(out.length + 1)));
}

/** Every reader of this library on the same bytes. What they say is not looked at, but that they say it. */
function readEverything(body: Uint8Array, text: string, random: Random) {
  const fields = Object.fromEntries(Object.entries(deliveryRequestHeaders(request)).map(([name, value]) => [name, random.below(4) ? value : text]));
  const subject = random.below(2) ? text : deliverySubject('n', 3, endpointId, random.pick(facts));
  const events = decodeEndpointEvents(body);
  if (events.ok) evolveEndpoint(absentEndpoint, { accountId: 'acct_42', endpointId, version: 1, events: events.value });
  const event = decodeDomainEvent('lead.created', body);
  if (event.ok) JSON.parse(event.value.requestBody);
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Not JSON: the text will do.
  }
  deadLetterOf('event', { subject: text, sequence: 1, msgId: text, data: body }, text);
  return [
    events, event, decodeAttempt(body), decodeTestedAttempt(body), decodeCancellation(body), parseEventSubject(text), parseConfigSubject(text), parseDeliverySubject(text),
    parseSendTestRequest(parsed), parseSendTestResult(parsed), decodeDeliveryRequest({ subject, data: body, header: (name) => fields[name] }),
  ];
}

describe('no reader throws', () => {
  it('at bytes that mean nothing', () => {
    const random = randomFrom(20_260_308);
    for (let n = 0; n < 1_000; n++) {
      const body = random.bytes(random.below(200));
      for (const result of readEverything(body, Buffer.from(random.bytes(random.below(60))).toString('latin1'), random)) {
        expect(result.ok || result.reason.length > 0).toBe(true);
      }
    }
  });

  it('at messages that were damaged on the way', () => {
    const random = randomFrom(42);
    let readable = 0;
    for (let n = 0; n < 2_000; n++) {
      const body = damaged(random.pick(bodies), random);
      const text = Buffer.from(damaged(encode(random.pick(texts)), random)).toString(random.below(2) ? 'utf8' : 'latin1');
      for (const result of readEverything(body, text, random)) {
        if (result.ok) readable++;
        else expect(result.reason.length).toBeGreaterThan(0);
      }
    }
    // The damage is not so great that only the first check of every reader is tried.
    expect(readable).toBeGreaterThan(200);
  });

  it('at what is whole', () => {
    for (const body of bodies.slice(0, 5)) expect(decodeDomainEvent('lead.created', body)).toMatchObject({ ok: true });
    expect(decodeTestedAttempt(bodies[5]!)).toMatchObject({ ok: true });
    expect(decodeCancellation(bodies[6]!)).toMatchObject({ ok: true });
    expect(decodeEndpointEvents(bodies[7]!)).toMatchObject({ ok: true });
  });

  it('at nesting that no reader can follow', () => {
    const random = randomFrom(7);
    for (const deep of ['['.repeat(100_000) + ']'.repeat(100_000), `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`]) {
      for (const result of readEverything(encode(deep), 'x', random)) expect(result.ok).toBe(false);
    }
  });
});
