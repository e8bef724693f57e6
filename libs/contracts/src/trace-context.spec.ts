import { describe, expect, it } from '@jest/globals';
import { traceContextIn, traceContextOf, traceHeaders, traceIdOf } from './trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${spanId}-01`;

describe('a trace context', () => {
  it.each([traceparent, `00-${traceId}-${spanId}-00`, `00-${traceId}-${spanId}-03`])('is taken as it is: %s', (text) => {
    expect(traceContextOf(text)).toEqual({ traceparent: text });
  });

  it.each([`01-${traceId}-${spanId}-01`, `cc-${traceId}-${spanId}-01-what-comes-later`])('of a later version is passed on as far as it is known: %s', (text) => {
    expect(traceContextOf(text)).toEqual({ traceparent });
  });

  it.each([
    undefined, null, 42, {}, '', 'nonsense', traceparent.toUpperCase(), ` ${traceparent}`, `${traceparent} `, `${traceparent}\n`, `${traceparent}\r\nX-Other: 1`,
    traceparent.slice(0, -1), `${traceparent}0`, `${traceparent}-more`, `ff-${traceId}-${spanId}-01`, `00-${'0'.repeat(32)}-${spanId}-01`, `00-${traceId}-${'0'.repeat(16)}-01`,
    `01-${traceId}-${spanId}-01\r\nX-Other: 1`, `01-${traceId}-${spanId}-01-${'x'.repeat(300)}`, `${traceparent},${traceparent}`,
  ])('that is malformed is none: %j', (text) => {
    expect(traceContextOf(text, 'vendor=1')).toBeUndefined();
  });

  it.each(['vendor=1', 'a=1,b=2', 'rojo=00f067aa0ba902b7, congo=t61rcWkgMzE', `v=${'x'.repeat(510)}`])('keeps the state %s', (tracestate) => {
    expect(traceContextOf(traceparent, tracestate)).toEqual({ traceparent, tracestate });
  });

  it.each(['', 'nonsense', '=1', `v=${'x'.repeat(511)}`, 'a=1\r\nX-Other: 1', 'a=\u00e9', 'a=1\0', 7, null])('goes on without the state %j', (tracestate) => {
    expect(traceContextOf(traceparent, tracestate)).toEqual({ traceparent });
  });

  it('goes into headers and comes out of them', () => {
    const context = { traceparent, tracestate: 'vendor=1' };
    const headers = traceHeaders(context);
    expect(headers).toEqual(context);
    expect(traceContextIn({ header: (name) => headers[name] })).toEqual(context);
    expect(traceContextIn({ header: (name) => ({ Traceparent: traceparent, Tracestate: 'vendor=1' })[name] })).toEqual(context);
    expect(traceHeaders({ traceparent })).toEqual({ traceparent });
    expect(traceHeaders(undefined)).toEqual({});
    expect(traceContextIn({ header: () => undefined })).toBeUndefined();
    expect(traceContextIn({ header: (name) => (name === 'tracestate' ? 'vendor=1' : undefined) })).toBeUndefined();
  });

  it('is looked for by its trace\'s id', () => expect(traceIdOf({ traceparent })).toBe(traceId));
});
