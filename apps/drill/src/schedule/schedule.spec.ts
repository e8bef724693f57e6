import { describe, expect, it } from '@jest/globals';
import { Random } from './random.ts';
import { faultKinds, healedAt, planFaults, type ScheduleOptions } from './schedule.ts';

const options: ScheduleOptions = {
  seed: 7, durationMs: 300_000, targets: ['router a', 'router b', 'worker a', 'worker b', 'NATS', 'Postgres'], turns: ['kill', 'pause', 'kill', 'restart'],
  gapMs: [3_000, 6_000], awayMs: [200, 3_000], pauseMs: [7_000, 9_000], mostBroken: 2,
};

describe('planFaults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(options)).toEqual(planFaults(options));
    expect(planFaults({ ...options, seed: 8 })).not.toEqual(planFaults(options));
  });

  it('gives every target every kind of fault, in order of time and within the duration', () => {
    const faults = planFaults(options);
    for (const target of options.targets) {
      expect(new Set(faults.filter((fault) => fault.target === target).map(({ kind }) => kind))).toEqual(new Set(faultKinds));
    }
    expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(faults.every(({ atMs }) => atMs >= 3_000 && atMs < 300_000)).toBe(true);
  });

  it.each([1, 2])('never has more than %i broken at a time, and none before it is whole again', (mostBroken) => {
    const faults = planFaults({ ...options, mostBroken });
    expect(faults.length).toBeGreaterThan(20);
    for (const fault of faults) {
      const others = faults.filter((other) => other !== fault && other.atMs <= fault.atMs && healedAt(other) > fault.atMs);
      expect(others.length).toBeLessThan(mostBroken);
      expect(others.map(({ target }) => target)).not.toContain(fault.target);
    }
  });

  it('keeps what is killed away, and what is stopped stopped, for as long as was asked', () => {
    for (const { kind, lastsMs } of planFaults(options)) {
      const [least, most] = { kill: options.awayMs, pause: options.pauseMs, restart: [0, 0] as const }[kind];
      expect(lastsMs).toBeGreaterThanOrEqual(least);
      expect(lastsMs).toBeLessThanOrEqual(most);
    }
  });
});

describe('Random', () => {
  it('spreads evenly over its range, both ends included', () => {
    const random = new Random(1);
    const counts = new Map<number, number>();
    for (let n = 0; n < 6_000; n += 1) {
      const value = random.between(1, 6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
  });

  it('is what mulberry32 gives', () => {
    const random = new Random(1);
    expect([random.next(), random.next()].map((value) => value * 2 ** 32)).toEqual([2_693_262_067, 11_749_833]);
  });

  it('shuffles without losing anything', () => {
    expect(new Random(3).shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
