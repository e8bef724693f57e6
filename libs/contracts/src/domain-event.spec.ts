import { describe, expect, it } from '@jest/globals';
import { randomFrom } from '../test/random.ts';
import { decodeDomainEvent, isTimestamp, maxEventBytes, publishedBody, type EventFault } from './domain-event.ts';

const at = '2026-03-08T14:30:00Z';
const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (text: string) => decodeDomainEvent('invoice.paid', bytes(text));
const withData = (data: string) => decode(`{"timestamp":"${at}","data":${data}}`);

/** What the receivers get as `data`, as it is written. */
function dataSent(data: string): string {
  const event = withData(data);
  if (!event.ok) throw new Error(`it was refused: ${event.reason}`);
  const start = `{"event":"invoice.paid","timestamp":"${at}","data":`;
  expect(event.value.requestBody.startsWith(start)).toBe(true);
  return event.value.requestBody.slice(start.length, -1);
}

describe('what the receivers get', () => {
  it('is event, timestamp and data, in this order, whatever order they came in', () => {
    expect(decode(`{"data":{"b":1,"a":2},"more":true,"event":"lead.created","timestamp":"${at}"}`)).toEqual({
      ok: true, value: { timestamp: at, requestBody: `{"event":"invoice.paid","timestamp":"${at}","data":{"b":1,"a":2}}` },
    });
  });

  it.each([
    at, '2026-03-08T14:30:00.123Z', '2026-03-08T14:30:00.123456789Z', '2026-03-08T14:30:00+05:30', '2026-03-08T14:30:00-11:00', '2028-02-29T00:00:00Z',
  ])('has the time as it was written: %s', (timestamp) => {
    expect(decode(JSON.stringify({ timestamp, data: {} }))).toMatchObject({ ok: true, value: { timestamp } });
  });

  it.each([
    '12345678901234567890', '-12345678901234567890', '9007199254740993', '1e400', '-1e400', '1e-400', '0.1234567890123456789', '-0', '-0.0', '0.0',
    '250.0', '250.00', '0.10', '2500', '-0.5', '1E5', '1e+5', '1.0e0', '0.0000001', '0.00000012', '100000000000000000000000', '123456789012345.6',
    '999999999999999', '0',
  ])('has the number %s as it was written', (number) => {
    expect(dataSent(`{"n":${number}}`)).toBe(`{"n":${number}}`);
    expect(dataSent(`{"list":[${number},${number}],"last":{"n":${number}}}`)).toBe(`{"list":[${number},${number}],"last":{"n":${number}}}`);
    expect(dataSent(`{ "n" :\t${number}\n}`)).toBe(`{"n":${number}}`);
  });

  it('has every number as it was written', () => {
    const random = randomFrom(1);
    const digits = (most: number) => Array.from({ length: 1 + random.below(most) }, () => (random.below(3) ? random.below(10) : 0)).join('');
    for (let n = 0; n < 5_000; n++) {
      const whole = random.below(3) ? digits(20).replace(/^0+(?=\d)/, '') : '0';
      const number = `${random.below(2) ? '-' : ''}${whole}${random.below(2) ? `.${digits(20)}` : ''}${random.below(5) ? '' : `e${random.below(2) ? '-' : ''}${random.below(400)}`}`;
      expect(dataSent(`{"n":${number}}`)).toBe(`{"n":${number}}`);
    }
  });

  it('has text that looks like numbers as it was written', () => {
    const data = JSON.stringify({ id: '0195e3d1-8e12-7abc-9e55-12345678901234567890', at: '2026-03-08T14:30:00.000Z', note: 'from 250.0, to 1e400 ' });
    expect(dataSent(data)).toBe(data);
    expect(dataSent(`{"note":"250.0, ","n":250.0}`)).toBe(`{"note":"250.0, ","n":250.0}`);
  });

  it('keeps fields that mean something to JavaScript alone', () => {
    const data = '{"__proto__":{"admin":true},"constructor":1,"toString":null,"toJSON":"x","n":1e400}';
    expect(dataSent(data)).toBe(data);
    expect(dataSent('{"__proto__":{"n":250}}')).toBe('{"__proto__":{"n":250}}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('has the last of a field that comes twice, as every parser would', () => {
    expect(dataSent('{"a":1,"a":2}')).toBe('{"a":2}');
    expect(decode(`{"timestamp":"no","timestamp":"${at}","data":1,"data":{}}`)).toMatchObject({ ok: true });
  });

  it('has half a surrogate pair as an escape, so that the body is UTF-8', () => {
    expect(dataSent('{"s":"\\ud83d"}')).toBe('{"s":"\\ud83d"}');
    expect(dataSent('{"s":"\\ud83d\\ude00"}')).toBe('{"s":"😀"}');
    expect(dataSent('{"s":"\\u0000\\u2028"}')).toBe('{"s":"\\u0000\u2028"}');
  });
});

describe('what is refused', () => {
  it.each<[string, string, EventFault]>([
    ['nothing', '', 'not-json'],
    ['a word', 'paid', 'not-json'],
    ['half an object', `{"timestamp":"${at}"`, 'not-json'],
    ['two objects', '{}{}', 'not-json'],
    ['a byte order mark', `\ufeff{"timestamp":"${at}","data":{}}`, 'not-json'],
    ['a comma too many', `{"timestamp":"${at}","data":{},}`, 'not-json'],
    ['NaN', `{"timestamp":"${at}","data":{"n":NaN}}`, 'not-json'],
    ['a number that is none', `{"timestamp":"${at}","data":{"n":01234567890123456789}}`, 'not-json'],
    ['a list', '[]', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['text', '"x"', 'not-an-object'],
    ['a number', '1', 'not-an-object'],
    ['a number that no double holds', ' 12345678901234567890 ', 'not-an-object'],
    ['no fields', '{}', 'bad-timestamp'],
    ['no data', `{"timestamp":"${at}"}`, 'no-data'],
    ['a list as data', `{"timestamp":"${at}","data":[]}`, 'no-data'],
    ['null as data', `{"timestamp":"${at}","data":null}`, 'no-data'],
    ['text as data', `{"timestamp":"${at}","data":"{}"}`, 'no-data'],
    ['a number as data', `{"timestamp":"${at}","data":1}`, 'no-data'],
    ['true as data', `{"timestamp":"${at}","data":true}`, 'no-data'],
    ['data inherited from a prototype', `{"timestamp":"${at}","__proto__":{"data":{}}}`, 'no-data'],
    ['no time', '{"data":{}}', 'bad-timestamp'],
  ])('%s: %s', (_, text, reason) => {
    expect(decode(text)).toEqual({ ok: false, reason });
  });

  // `rawJSON` makes objects of numbers; they must not pass for data.
  it.each(['12345678901234567890', '1e400', '-0', '250.0'])('the number %s as data', (number) => {
    expect(withData(number)).toEqual({ ok: false, reason: 'no-data' });
  });

  it.each([
    '', 'soon', '2026-03-08', '2026-03-08T14:30:00', '2026-03-08 14:30:00Z', '2026-03-08T14:30Z', '2026-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2026-13-01T00:00:00Z',
    '2026-03-08T24:00:00Z', '2026-03-08T14:60:00Z', '2026-03-08T14:30:61Z', '2026-03-08T14:30:00+25:00', '2026-03-08t14:30:00z', ' 2026-03-08T14:30:00Z',
    '2026-03-08T14:30:00Z\n', '+010000-01-01T00:00:00Z', 'Sun, 08 Mar 2026 14:30:00 GMT', 1_772_980_200_000, 1_772_980_200, null, true, [at], { at },
  ])('%j as time', (timestamp) => {
    expect(isTimestamp(timestamp)).toBe(false);
    expect(decode(JSON.stringify({ timestamp, data: {} }))).toEqual({ ok: false, reason: 'bad-timestamp' });
  });

  it.each([
    [[0xff]], [[0x22, 0xc3, 0x22]], [[0xed, 0xa0, 0x80]], [[0xc0, 0xaf]], [[0xf4, 0x90, 0x80, 0x80]], [[0xff, 0xfe, 0x7b, 0x00]],
  ])('bytes that are no UTF-8: %j', (raw) => {
    expect(decodeDomainEvent('invoice.paid', Uint8Array.from(raw))).toEqual({ ok: false, reason: 'not-utf8' });
  });

  it.each([['[', ']'], ['{"a":', '}']])('100,000 levels of %s', (open, close) => {
    for (const inner of ['1', '12345678901234567890']) {
      expect(withData(`{"a":${open.repeat(20_000)}${inner}${close.repeat(20_000)}}`)).toEqual({ ok: false, reason: 'not-json' });
      // Without an end it is shorter than what may come, and still deep.
      expect(withData(`{"a":${open.repeat(40_000)}`)).toEqual({ ok: false, reason: 'not-json' });
    }
    expect(withData('['.repeat(100_000) + ']'.repeat(100_000))).toMatchObject({ ok: false });
  });

  it('one byte more than 256 KiB', () => {
    const room = maxEventBytes - bytes(`{"timestamp":"${at}","data":{"s":""}}`).byteLength;
    expect(maxEventBytes).toBe(262_144);
    expect(withData(`{"s":"${'x'.repeat(room)}"}`)).toMatchObject({ ok: true });
    expect(withData(`{"s":"${'x'.repeat(room + 1)}"}`)).toEqual({ ok: false, reason: 'too-large' });
    // Bytes count, not characters.
    const euros = Math.floor(room / 3);
    expect(withData(`{"s":"${'€'.repeat(euros)}${'x'.repeat(room - 3 * euros)}"}`)).toMatchObject({ ok: true });
    expect(withData(`{"s":"${'€'.repeat(euros + 1)}"}`)).toEqual({ ok: false, reason: 'too-large' });
    // So does white space, which the receivers don't get.
    expect(withData(`{"s":"${'x'.repeat(room)}"} `)).toEqual({ ok: false, reason: 'too-large' });
  });

  it.each([' ', '1', '0', '-', '.', '0.0', '1,', ':1.', ',0.0000000', '1e', '1.1.', '\\"', '[1.0'])('to its end, though it is all %j', (piece) => {
    // A pattern that starts over at every place would look at each of a quarter of a million for as many: for minutes each.
    const often = (text: string) => text.repeat(Math.floor(250_000 / piece.length));
    for (let n = 0; n < 20; n++) {
      expect(withData(`{"a":[${often(piece)}`)).toEqual({ ok: false, reason: 'not-json' });
      withData(`{"a":"${often(piece.replace('"', ''))}"}`);
    }
  });
});

describe('the body that a publisher would send', () => {
  const now = new Date('2026-03-08T15:00:00.000Z');

  it('has time and data, numbers as they are written, and nothing else', () => {
    expect(publishedBody(`{ "type": "invoice.paid", "data": {"total": 0.10, "id": 12345678901234567890}, "timestamp": "${at}" }`, now))
      .toBe(`{"timestamp":"${at}","data":{"total":0.10,"id":12345678901234567890}}`);
  });

  it('has the time of now where none is given, and lacks what is not there', () => {
    expect(publishedBody('{"data":{}}', now)).toBe('{"timestamp":"2026-03-08T15:00:00.000Z","data":{}}');
    expect(decode(publishedBody('{}', now))).toEqual({ ok: false, reason: 'no-data' });
    expect(decode(publishedBody('{"timestamp":null,"data":{}}', now))).toEqual({ ok: false, reason: 'bad-timestamp' });
  });
});
