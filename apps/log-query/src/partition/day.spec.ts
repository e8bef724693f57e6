import { describe, expect, it } from '@jest/globals';
import { addDays, dayOf, dayOfPartition, daysAhead, oldestKept, partitionName, startOf } from './day.ts';

describe('days', () => {
  const noon = Date.UTC(2026, 10, 24, 12);

  it('are UTC, over months, years and leap days', () => {
    expect(dayOf(Date.UTC(2026, 10, 24, 23, 59, 59, 999))).toBe('2026-11-24');
    expect(startOf('2026-11-24')).toBe(Date.UTC(2026, 10, 24));
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
  });

  it('are kept until they are wholly older than the retention', () => {
    // The day of the 25th ended less than 30 days before noon of the 24th; that of the 24th did not.
    expect(oldestKept(noon, 30)).toBe('2026-10-25');
    expect(startOf(addDays(oldestKept(noon, 30), 1))).toBeGreaterThan(noon - 30 * 86_400_000);
    expect(oldestKept(Date.UTC(2026, 10, 24), 1)).toBe('2026-11-23');
  });

  it('have partitions ahead, named by them', () => {
    expect(daysAhead(noon, 2)).toEqual(['2026-11-24', '2026-11-25', '2026-11-26']);
    expect(partitionName('attempts', '2026-11-24')).toBe('attempts_20261124');
    expect(dayOfPartition('attempts_20261124')).toBe('2026-11-24');
    expect(dayOfPartition('attempts_default')).toBeUndefined();
  });
});
