import { describe, expect, it } from '@jest/globals';
import { successRate } from './success-rate.ts';

const hour = (success: number, retrying = 0, failed = 0) => ({ hour: '2026-11-24T10:00:00.000Z', success, retrying, failed });

describe('the success rate', () => {
  it('counts every failed attempt, whether another one follows or not', () => {
    expect(successRate([hour(6, 1, 1), hour(0), hour(2)])).toEqual({
      attempts: 10, percent: 80, bars: [{ good: 0.75, bad: 0.25 }, { good: 0, bad: 0 }, { good: 0.25, bad: 0 }],
    });
  });

  it('is not 100 % when anything failed, and nothing at all when nothing was attempted', () => {
    expect(successRate([hour(999, 1)]).percent).toBe(99);
    expect(successRate([hour(5)]).percent).toBe(100);
    expect(successRate([hour(0), hour(0)])).toMatchObject({ attempts: 0, percent: null });
  });
});
