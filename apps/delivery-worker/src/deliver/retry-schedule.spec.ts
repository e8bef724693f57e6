import { describe, expect, it } from '@jest/globals';
import { nextAttemptAt } from './retry-schedule.ts';

const schedule = { delaysMs: [10_000, 60_000, 300_000], jitterPercent: 10 };
const failedAt = 1_000_000;

describe('nextAttemptAt', () => {
  it.each([[1, 10_000], [2, 60_000], [3, 300_000]])('after attempt %i waits about %i ms', (attempt, delay) => {
    expect(nextAttemptAt(schedule, attempt, failedAt, 0.5)).toBe(failedAt + delay);
    expect(nextAttemptAt(schedule, attempt, failedAt, 0)).toBe(failedAt + delay * 0.9);
    expect(nextAttemptAt(schedule, attempt, failedAt, 1)).toBe(failedAt + delay * 1.1);
  });

  it('has no attempt after the last', () => {
    expect(nextAttemptAt(schedule, 4, failedAt, 0.5)).toBeUndefined();
    expect(nextAttemptAt(schedule, 7, failedAt, 0.5)).toBeUndefined();
  });

  it('is a whole number of milliseconds, since a fraction would make the server send again at once', () => {
    for (const random of [0.123456, 0.3333333, 0.987654321]) {
      expect(Number.isInteger(nextAttemptAt(schedule, 1, failedAt, random))).toBe(true);
    }
  });
});
