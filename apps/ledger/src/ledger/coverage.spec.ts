import { describe, expect, it } from '@jest/globals';
import { Coverage } from './coverage.ts';

const given = (...sequences: number[]) => {
  const coverage = new Coverage({ highest: 0, gaps: [] });
  const fresh = sequences.map((sequence) => coverage.add(sequence));
  return { coverage, fresh };
};

describe('Coverage', () => {
  it('knows what is missing, whatever the order', () => {
    const { coverage } = given(3, 1, 9, 5, 6);
    expect(coverage.missingUpTo(9)).toEqual([{ from: 2, to: 2 }, { from: 4, to: 4 }, { from: 7, to: 8 }]);
    expect(coverage.missingUpTo(7)).toEqual([{ from: 2, to: 2 }, { from: 4, to: 4 }, { from: 7, to: 7 }]);
    expect(coverage.missingUpTo(11)).toContainEqual({ from: 10, to: 11 });
    expect(coverage.missingUpTo(1)).toEqual([]);
  });

  it('closes gaps from either end, and in the middle', () => {
    const { coverage } = given(10, 1, 9, 5, 2, 3, 4, 8, 6);
    expect(coverage.missingUpTo(10)).toEqual([{ from: 7, to: 7 }]);
    coverage.add(7);
    expect(coverage.missingUpTo(coverage.highest)).toEqual([]);
  });

  it('tells what it has heard of before', () => {
    expect(given(1, 1, 3, 2, 2, 3).fresh).toEqual([true, false, true, true, false, false]);
    expect(new Coverage({ highest: 7, gaps: [] }).add(5)).toBe(false);
  });

  it('is the same after it was kept', () => {
    const { coverage } = given(1, 5, 3);
    const again = new Coverage(JSON.parse(JSON.stringify(coverage.state)) as typeof coverage.state);
    expect(again.missingUpTo(6)).toEqual(coverage.missingUpTo(6));
  });

  it('agrees with a set over every order that comes along', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      let random = seed;
      const order = Array.from({ length: 60 }, () => { random = (random * 48_271) % 2_147_483_647; return 1 + (random % 40); });
      const seen = new Set<number>();
      const coverage = new Coverage({ highest: 0, gaps: [] });
      for (const sequence of order) {
        expect(coverage.add(sequence)).toBe(!seen.has(sequence));
        seen.add(sequence);
      }
      const missing = Array.from({ length: 45 }, (_, index) => index + 1).filter((sequence) => !seen.has(sequence));
      expect(coverage.missingUpTo(45).flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index))).toEqual(missing);
    }
  });
});
