import { describe, expect, it } from '@jest/globals';
import { distributionOf, median, percentile } from './percentile.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([[0, 1], [1, 1], [50, 50], [95, 95], [99, 99], [99.5, 100], [100, 100]])('%d of 1 to 100 is %d', (percent, value) => {
    expect(percentile(hundred, percent)).toBe(value);
  });

  it('is one of the samples, however few there are', () => {
    expect([percentile([7], 50), percentile([7], 99), percentile([1, 9], 50), percentile([1, 9], 51)]).toEqual([7, 7, 1, 9]);
  });

  it('of nothing is an error, not a number', () => {
    expect(() => percentile([], 50)).toThrow('no samples');
  });
});

describe('distributionOf', () => {
  it('takes samples in any order, sorted by value and not as text', () => {
    expect(distributionOf([100, 9, 20, 3])).toEqual({ count: 4, p50: 9, p95: 100, p99: 100, max: 100 });
  });
});

describe('median', () => {
  it('does not disturb what it is given', () => {
    const values = [5, 1, 100];
    expect([median(values), values]).toEqual([5, [5, 1, 100]]);
  });
});
