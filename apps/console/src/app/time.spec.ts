import { describe, expect, it } from '@jest/globals';
import { countdown, duration, exactTime, shortTime } from './time.ts';

describe('times', () => {
  it('are shown in the viewer\'s zone, exactly where that is asked for', () => {
    const iso = '2026-03-08T14:30:05.123Z';
    const local = new Date(iso);
    expect(shortTime(iso)).toContain(String(local.getDate()));
    expect(exactTime(iso)).toMatch(/2026.*30:05.123/);
  });

  it('have their year when it is another one', () => {
    expect(shortTime('2026-06-08T14:30:05.123Z', new Date('2026-07-01T12:00:00Z'))).not.toContain('2026');
    expect(shortTime('2026-06-08T14:30:05.123Z', new Date('2027-07-01T12:00:00Z'))).toContain('2026');
  });

  it.each([[0, '0 ms'], [182, '182 ms'], [999, '999 ms'], [1_000, '1 s'], [1_250, '1.25 s'], [10_004, '10 s']])('last %d ms: %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([[-5_000, 'now'], [0, 'now'], [1, '1 s'], [9_001, '10 s'], [60_000, '1 min 0 s'], [252_000, '4 min 12 s']])('are %d ms away: %s', (ms, text) => {
    expect(countdown('2026-03-08T14:30:00.000Z', Date.parse('2026-03-08T14:30:00.000Z') - ms)).toBe(text);
  });
});
