import { describe, expect, it } from '@jest/globals';
import { Seldom } from './seldom.ts';

describe('something that happens often', () => {
  it('is said once in a while, with how often it went unsaid', () => {
    const seldom = new Seldom(60_000);
    expect([0, 1, 30_000, 59_999, 60_000, 60_001, 130_000, 190_000].map((now) => seldom.next(now))).toEqual([0, undefined, undefined, undefined, 3, undefined, 1, 0]);
  });

  it('is said when it happens next, where that is wanted', () => {
    const seldom = new Seldom(60_000);
    const said = [seldom.next(0), seldom.next(1)];
    seldom.anew();
    expect([...said, seldom.next(2), seldom.next(3)]).toEqual([0, undefined, 1, undefined]);
  });
});
