import { describe, expect, it } from '@jest/globals';
import { catalogue, decodeDomainEvent, eventTypes, maxEventBytes, parseEventSubject, type EventType } from '@cepro/contracts';
import { InvalidEventError } from './errors.ts';
import { eventMessage, type WebhookEvent } from './event-message.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** An event that is fine, but for what the test says; `unknown`, since a JavaScript caller may pass anything. */
function anEvent(fields: Record<string, unknown> = {}): WebhookEvent {
  return {
    type: 'invoice.paid', accountId: 'acct_42', id: 'inv_77d0f3.paid', timestamp: '2026-03-20T17:45:30Z',
    data: catalogue['invoice.paid'].example, ...fields,
  } as WebhookEvent;
}

function faultsOf(event: unknown): readonly string[] {
  try {
    eventMessage('invoices', event as WebhookEvent);
  } catch (error) {
    if (error instanceof InvalidEventError) return error.faults;
    throw error;
  }
  return [];
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** Data whose event has exactly so many bytes. */
function dataFor(bytes: number, fill = 'x'): { note: string } {
  const around = eventMessage('invoices', anEvent({ data: { note: '' } })).body.byteLength;
  const width = new TextEncoder().encode(fill).byteLength;
  const room = bytes - around;
  return { note: fill.repeat(Math.floor(room / width)) + 'x'.repeat(room % width) };
}

describe('the message of an event', () => {
  it('has the subject, the id with its domain, and the body that the router reads', () => {
    const message = eventMessage('invoices', anEvent({ data: { id: 'inv_77d0f3', total: 480 }, traceparent, tracestate: 'vendor=1' }));
    expect(message).toMatchObject({ subject: 'cepro.events.acct_42.invoice.paid', msgId: 'invoices:inv_77d0f3.paid', trace: { traceparent, tracestate: 'vendor=1' } });
    expect(text(message.body)).toBe('{"timestamp":"2026-03-20T17:45:30Z","data":{"id":"inv_77d0f3","total":480}}');
  });

  it.each(eventTypes)('of %s can be routed', (type: EventType) => {
    const { subject, body } = eventMessage('leads', anEvent({ type, data: catalogue[type].example }));
    expect(parseEventSubject(subject)).toEqual({ ok: true, value: { accountId: 'acct_42', eventType: type } });
    expect(decodeDomainEvent(type, body)).toMatchObject({ ok: true });
  });

  it('says now where no time is given', () => {
    const before = Date.now();
    const { timestamp } = JSON.parse(text(eventMessage('invoices', anEvent({ timestamp: undefined })).body)) as { timestamp: string };
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now());
  });

  it('takes a Date, and leaves ISO 8601 as it is written', () => {
    expect(text(eventMessage('invoices', anEvent({ timestamp: new Date(0), data: {} })).body)).toBe('{"timestamp":"1970-01-01T00:00:00.000Z","data":{}}');
    expect(text(eventMessage('invoices', anEvent({ timestamp: '2026-03-20T18:45:30.123456+01:00', data: {} })).body))
      .toBe('{"timestamp":"2026-03-20T18:45:30.123456+01:00","data":{}}');
  });

  it.each(['nonsense', '', `${traceparent}\r\nNats-Msg-Id: other`, traceparent.toUpperCase(), 42, null])(
    'leaves out the trace context %j, and goes on its way', (malformed) => {
      expect(eventMessage('invoices', anEvent({ traceparent: malformed, tracestate: 'vendor=1' })).trace).toBeUndefined();
    },
  );

  it('may have exactly 256 KiB, and not one byte more', () => {
    expect(maxEventBytes).toBe(262_144);
    expect(eventMessage('invoices', anEvent({ data: dataFor(262_144) })).body.byteLength).toBe(262_144);
    expect(faultsOf(anEvent({ data: dataFor(262_145) }))).toEqual([expect.stringMatching(/must not have more than 262144 bytes; it has 262145/)]);
  });

  it.each(['é', '€', '😀'])('counts bytes, not characters, of %s', (fill) => {
    const data = dataFor(262_144, fill);
    expect(data.note.length).toBeLessThan(262_144 / 1.5);
    expect(eventMessage('invoices', anEvent({ data })).body.byteLength).toBe(262_144);
    expect(faultsOf(anEvent({ data: dataFor(262_145, fill) }))).toHaveLength(1);
  });

  it('keeps half a surrogate pair as an escape, since there is no UTF-8 for it', () => {
    expect(text(eventMessage('invoices', anEvent({ data: { note: '\ud83d' } })).body)).toContain('{"note":"\\ud83d"}');
  });

  it('leaves out what JSON has no word for inside of data', () => {
    const data = { a: undefined, b: () => 1, c: Symbol('c'), d: Number.NaN, e: new Date(0) };
    expect(text(eventMessage('invoices', anEvent({ data })).body)).toContain('"data":{"d":null,"e":"1970-01-01T00:00:00.000Z"}');
  });
});

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const typeFault = /^type must be/;
const accountFault = /^accountId must/;
const idFault = /^id must/;
const timeFault = /^timestamp must/;
const dataFault = /^data must be an object/;
const jsonFault = /^data can not be written as JSON/;

describe('an event that nobody could get', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no type', { type: undefined }, typeFault],
    ['an unknown type', { type: 'invoice.refunded' }, typeFault],
    ['a type in other letters', { type: 'Invoice.Paid' }, typeFault],
    ['a type with a space', { type: 'invoice.paid ' }, typeFault],
    ['the name of what every object has', { type: 'toString' }, typeFault],
    ['a prototype as type', { type: '__proto__' }, typeFault],
    ['a list as type', { type: ['invoice.paid'] }, typeFault],
    ['no account', { accountId: undefined }, accountFault],
    ['an empty account', { accountId: '' }, accountFault],
    ['a number as account', { accountId: 42 }, accountFault],
    ['an account of 65 characters', { accountId: 'a'.repeat(65) }, accountFault],
    ['a wildcard as account', { accountId: '*' }, accountFault],
    ['a full wildcard as account', { accountId: '>' }, accountFault],
    ['a dot in the account', { accountId: 'acct.42' }, accountFault],
    ['a space in the account', { accountId: 'acct 42' }, accountFault],
    ['a line end in the account', { accountId: 'acct_42\r\nPUB x' }, accountFault],
    ['no id', { id: undefined }, idFault],
    ['an empty id', { id: '' }, idFault],
    ['a number as id', { id: 7 }, idFault],
    ['a space in the id', { id: 'a b' }, idFault],
    ['a line end in the id', { id: 'a\r\nNats-Expected-Stream: x' }, idFault],
    ['a control character in the id', { id: 'a\u0000' }, idFault],
    ['an id beyond ASCII', { id: 'é' }, idFault],
    ['an id of 129 characters', { id: 'i'.repeat(129) }, idFault],
    ['no time at all', { timestamp: null }, timeFault],
    ['an empty time', { timestamp: '' }, timeFault],
    ['milliseconds as time', { timestamp: 1_774_000_000_000 }, timeFault],
    ['an invalid Date', { timestamp: new Date('soon') }, timeFault],
    ['a year that ISO 8601 does not have', { timestamp: new Date(8.64e15) }, timeFault],
    ['a time without offset', { timestamp: '2026-03-20T17:45:30' }, timeFault],
    ['a day that does not exist', { timestamp: '2026-02-30T00:00:00Z' }, timeFault],
    ['a date alone', { timestamp: '2026-03-20' }, timeFault],
    ['a time in words', { timestamp: 'Fri, 20 Mar 2026 17:45:30 GMT' }, timeFault],
    ['no data', { data: undefined }, dataFault],
    ['null as data', { data: null }, dataFault],
    ['a list as data', { data: [] }, dataFault],
    ['text as data', { data: '{}' }, dataFault],
    ['a number as data', { data: 1 }, dataFault],
    ['a function as data', { data: () => ({}) }, dataFault],
    ['a Date as data', { data: new Date() }, dataFault],
    ['data that writes itself as nothing', { data: { toJSON: () => undefined } }, dataFault],
    ['a BigInt', { data: { total: 1n } }, jsonFault],
    ['a BigInt as data', { data: 1n }, jsonFault],
    ['data that holds itself', { data: circular }, jsonFault],
    ['a toJSON that throws', { data: { toJSON: () => { throw new Error('no'); } } }, jsonFault],
    ['a toJSON that throws no error', { data: { toJSON: () => { throw 'no'; } } }, jsonFault],
    ['too much', { data: { note: 'x'.repeat(300_000) } }, /more than 262144 bytes; it has 300/],
  ])('%s is refused, for this alone', (_, fields, fault) => {
    const faults = faultsOf(anEvent(fields));
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it.each([undefined, null, 'an event', 7])('%j is refused', (event) => {
    expect(faultsOf(event)).toEqual(['the event must be an object']);
  });

  it('nested deeper than it could be written again is refused', () => {
    let data: unknown = {};
    for (let depth = 0; depth < 100_000; depth++) data = { data };
    expect(faultsOf(anEvent({ data }))).toEqual(['data is nested too deeply']);
  });

  it('is told everything at once', () => {
    expect(faultsOf({ type: 'x', accountId: '', id: ' ', timestamp: 'soon', data: [] })).toEqual([typeFault, accountFault, idFault, timeFault, dataFault].map((fault) => expect.stringMatching(fault)));
    expect(faultsOf(anEvent({ type: 'x', timestamp: 'soon', data: { note: 'x'.repeat(300_000) } })))
      .toEqual([typeFault, timeFault, /more than 262144/].map((fault) => expect.stringMatching(fault)));
  });

  it('is refused without the values of its data', () => {
    const error = new InvalidEventError(faultsOf(anEvent({ timestamp: 'jane@example.com', data: ['jane@example.com'] })));
    expect(error.message).not.toContain('jane@example.com');
  });
});

describe('the types', () => {
  it('bind data to the event type', () => {
    const accepts = <T extends EventType>(event: WebhookEvent<T>) => event.type;
    const { example } = catalogue['invoice.paid'];
    expect(accepts({ type: 'invoice.paid', accountId: 'a', id: '1', data: { ...example, more: true } })).toBe('invoice.paid');
    // @ts-expect-error -- there is no such type
    accepts({ type: 'invoice.refunded', accountId: 'a', id: '1', data: example });
    // @ts-expect-error -- total is a number
    accepts({ type: 'invoice.paid', accountId: 'a', id: '1', data: { ...example, total: '480' } });
    // @ts-expect-error -- an invoice that was paid has paid_at
    accepts({ type: 'invoice.paid', accountId: 'a', id: '1', data: catalogue['invoice.created'].example });
  });
});
