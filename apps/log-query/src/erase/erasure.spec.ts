import { describe, expect, it } from '@jest/globals';
import { afterPass } from './erasure.ts';
import { ErasureBell } from './erasure-bell.ts';

describe('an erasure', () => {
  it('takes another pass when everybody must have heard of the deletion', () => {
    expect(afterPass({ since: 1_000, passBegan: 1_000 }, 30_000)).toEqual({ done: false, nextPassAt: 31_000 });
    expect(afterPass({ since: 1_000, passBegan: 30_999 }, 30_000)).toEqual({ done: false, nextPassAt: 31_000 });
  });

  it('is done after a pass that began late enough, the first one too', () => {
    expect(afterPass({ since: 1_000, passBegan: 31_000 }, 30_000)).toEqual({ done: true });
    expect(afterPass({ since: 1_000, passBegan: 1_000 }, 0)).toEqual({ done: true });
  });
});

describe('the bell', () => {
  const never = new AbortController().signal;

  it('wakes who waits, and who comes to wait afterwards, once', async () => {
    const bell = new ErasureBell();
    const waiting = bell.wait(60_000, never);
    bell.ring();
    await waiting;
    bell.ring();
    bell.ring();
    await bell.wait(60_000, never);
    const began = performance.now();
    await bell.wait(30, never);
    expect(performance.now() - began).toBeGreaterThan(20);
  });

  it('is not waited for by a service that stops', async () => {
    await new ErasureBell().wait(60_000, AbortSignal.abort());
    const stop = new AbortController();
    const waiting = new ErasureBell().wait(60_000, stop.signal);
    stop.abort();
    await waiting;
  });
});
