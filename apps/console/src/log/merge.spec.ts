import { describe, expect, it } from '@jest/globals';
import { compare, covers, keyOf, merge, since, without } from './merge.ts';

const entry = (seconds: number, deliveryId: string, attempt = 1) => ({ timestamp: new Date(Date.UTC(2026, 10, 24, 12, 0, seconds)).toISOString(), deliveryId, attempt });

describe('the log', () => {
  it('is in the API\'s order, newest first', () => {
    const entries = [entry(5, 'a'), entry(7, 'a', 2), entry(5, 'b'), entry(5, 'b', 2)];
    expect(entries.sort(compare).map(keyOf)).toEqual(['a:2', 'b:2', 'b:1', 'a:1']);
  });

  it('has each entry once, wherever it came from, and a late one at its place', () => {
    const [oldest, late, newest] = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c')];
    expect(merge([newest, oldest], [newest, late], [])).toEqual([newest, late, oldest]);
    expect(without([newest, late], [newest, oldest])).toEqual([late]);
  });

  it('is looked through as far back as an attempt that has only now ended may have begun', () => {
    expect(covers([entry(40, 'b'), entry(30, 'a')], entry(44, 'c'))).toBe(false);
    expect(covers([entry(40, 'b'), entry(28, 'a')], entry(44, 'c'))).toBe(true);
    expect(covers([], entry(44, 'c'))).toBe(true);
    expect(covers([entry(40, 'b')], undefined)).toBe(true);
  });

  it('is asked for what is new from a while before its newest entry', () => {
    expect(since(undefined)).toBeUndefined();
    expect(since(entry(0, 'a'))).toBe('2026-11-24T11:58:30.000Z');
  });
});
