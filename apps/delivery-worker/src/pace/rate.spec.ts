import { describe, expect, it } from '@jest/globals';
import { plausible, takeTurns } from './rate.ts';

const now = 1_000_000;

describe('turns at a rate', () => {
  it('are evenly spaced, from now on after a rest', () => {
    expect(takeTurns(0, 3, 10, now, 500)).toEqual({ at: [now, now + 100, now + 200], nextAt: now + 300 });
  });

  it('go on where those before ended', () => {
    expect(takeTurns(now + 300, 2, 10, now, 500)).toEqual({ at: [now + 300, now + 400], nextAt: now + 500 });
  });

  it('are taken no further ahead than is asked for, and none is used up by one that is too far', () => {
    expect(takeTurns(now, 100, 10, now, 500).at).toHaveLength(6);
    expect(takeTurns(now + 501, 100, 10, now, 500)).toEqual({ at: [], nextAt: now + 501 });
    expect(takeTurns(now + 500, 100, 1, now, 500)).toEqual({ at: [now + 500], nextAt: now + 1_500 });
  });

  it('come to the rate, whoever takes how many', () => {
    let nextAt = 0;
    const at: number[] = [];
    for (let time = now; time < now + 10_000; time += 70) {
      const turns = takeTurns(nextAt, 1 + (time % 4), 25, time, 500);
      at.push(...turns.at);
      nextAt = turns.nextAt;
    }
    const within = at.filter((time) => time < now + 10_000);
    expect(within).toHaveLength(250);
    expect(Math.min(...within.slice(1).map((time, index) => time - within[index]!))).toBe(40);
  });
});

describe('a place in a rate', () => {
  it('that only a wrong clock can have left counts as now', () => {
    expect([plausible(now + 1_500, 1, now), plausible(now + 6_500, 10, now)]).toEqual([now + 1_500, now + 6_500]);
    expect([plausible(now + 6_501, 10, now), plausible(now + 3_600_000, 1, now)]).toEqual([now, now]);
  });
});
