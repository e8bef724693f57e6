import { describe, expect, it } from '@jest/globals';
import { isReached, ratioOf, type Figure } from './figure.ts';
import { numberText, table } from './table.ts';

describe('numberText', () => {
  it.each([
    [0, '0'], [1_234_567.8, '1,234,568'], [123.4, '123'], [12.34, '12.3'], [1.234, '1.23'], [0.1234, '0.123'], [0.001234, '0.00123'], [1, '1'], [-12.34, '-12.3'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => expect(numberText(value)).toBe(text));
});

const rate: Figure = { name: 'deliveries/s', value: 3_000, unit: '', reference: { name: 'bare POSTs', value: 4_000 }, reach: { of: 'ratio', atLeast: 0.6 } };
const latency: Figure = { name: 'p95', value: 16.5, unit: 'ms', reach: { of: 'value', atMost: 15 } };

describe('a figure', () => {
  it('is compared with its reference', () => {
    expect([ratioOf(rate), ratioOf(latency)]).toEqual([0.75, undefined]);
  });

  it('is reached by its ratio or by its value, from above or from below', () => {
    expect(isReached(rate)).toBe(true);
    expect(isReached({ ...rate, reach: { of: 'ratio', atLeast: 0.8 } })).toBe(false);
    expect(isReached(latency)).toBe(false);
    expect(isReached({ ...latency, value: 15 })).toBe(true);
    expect(isReached({ name: 'events', value: 1, unit: '' })).toBeUndefined();
  });
});

describe('table', () => {
  it('shows each figure beside its reference and what it is to reach', () => {
    expect(table([rate, latency, { name: 'late', value: 0, unit: '' }])).toBe([
      '  figure        measured  reference           ratio  reach',
      '  deliveries/s     3,000  4,000 (bare POSTs)   0.75  ratio ≥ 0.6  reached',
      '  p95            16.5 ms                             ≤ 15 ms      NOT reached',
      '  late                 0',
    ].join('\n'));
  });
});
