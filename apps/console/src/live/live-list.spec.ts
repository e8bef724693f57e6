import { describe, expect, it } from '@jest/globals';
import { covers, merge, newsIn, since, type Kind } from './live-list.ts';

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly open: boolean;
}

const kind: Kind<Entry> = {
  keyOf: ({ id }) => id, timeOf: ({ at }) => at, compare: (a, b) => (a.at > b.at ? -1 : 1), isOpen: ({ open }) => open,
};
const entry = (seconds: number, id: string, open = false): Entry => ({ id, at: new Date(Date.UTC(2026, 10, 24, 12, 0, seconds)).toISOString(), open });

describe('a list that is followed', () => {
  it('has each entry once, wherever it came from, and a late one at its place', () => {
    const [oldest, late, newest] = [entry(1, 'a'), entry(2, 'b'), entry(3, 'c')];
    expect(merge(kind, [newest, oldest], [newest, late], [])).toEqual([newest, late, oldest]);
    expect(newsIn(kind, [newest, late], [newest, oldest])).toEqual([late]);
  });

  it('has an entry as it became, and takes it for news once', () => {
    const [open, closed] = [entry(1, 'a', true), entry(1, 'a')];
    expect(newsIn(kind, [open], [open])).toEqual([]);
    expect(newsIn(kind, [closed], [open])).toEqual([closed]);
    expect(newsIn(kind, [open], [closed])).toEqual([]);
    expect(merge(kind, [open], [closed])).toEqual([closed]);
    expect(newsIn(kind, [closed], merge(kind, [open], [closed]))).toEqual([]);
  });

  it('is looked through as far back as an attempt that has only now ended may have begun', () => {
    expect(covers(kind, [entry(40, 'b'), entry(30, 'a')], [entry(44, 'c')])).toBe(false);
    expect(covers(kind, [entry(40, 'b'), entry(28, 'a')], [entry(44, 'c')])).toBe(true);
    expect(covers(kind, [], [entry(44, 'c')])).toBe(true);
    expect(covers(kind, [entry(40, 'b')], [])).toBe(true);
  });

  it('is looked through as far back as an entry is open', () => {
    const known = [entry(300, 'd'), entry(200, 'c', true), entry(100, 'b', true), entry(50, 'a')];
    expect(covers(kind, [entry(300, 'd'), entry(200, 'c')], known)).toBe(false);
    expect(covers(kind, [entry(200, 'c'), entry(100, 'b')], known)).toBe(true);
    expect(since(kind, known)).toBe(entry(100, 'b').at);
  });

  it('is asked for what is new from a while before its newest entry', () => {
    expect(since(kind, [])).toBeUndefined();
    expect(since(kind, [entry(0, 'a')])).toBe('2026-11-24T11:58:30.000Z');
    expect(since(kind, [entry(0, 'b'), entry(-30, 'a', true)])).toBe('2026-11-24T11:58:30.000Z');
  });
});
