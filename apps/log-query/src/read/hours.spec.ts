import { describe, expect, it } from '@jest/globals';
import { fillHours, lastHours } from './hours.ts';

const now = new Date('2026-11-24T01:59:59.999Z');

describe('the last hours', () => {
  it('are whole hours of UTC, the current one last, over midnight', () => {
    expect(lastHours(now, 3).map((hour) => hour.toISOString())).toEqual(['2026-11-23T23:00:00.000Z', '2026-11-24T00:00:00.000Z', '2026-11-24T01:00:00.000Z']);
    expect(lastHours(new Date('2026-11-24T02:00:00.000Z'), 1)).toEqual([new Date('2026-11-24T02:00:00.000Z')]);
  });

  it('are all there, whatever happened in them', () => {
    const [, middle] = lastHours(now, 3);
    expect(fillHours(lastHours(now, 3), [{ hour: middle!, success: 3, retrying: 2, failed: 1 }])).toEqual([
      { hour: '2026-11-23T23:00:00.000Z', success: 0, retrying: 0, failed: 0 },
      { hour: '2026-11-24T00:00:00.000Z', success: 3, retrying: 2, failed: 1 },
      { hour: '2026-11-24T01:00:00.000Z', success: 0, retrying: 0, failed: 0 },
    ]);
  });
});
