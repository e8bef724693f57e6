import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadlines } from './deadlines.ts';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('deadlines', () => {
  it('are reached one by one, each when its own time is up', () => {
    const deadlines = new Deadlines(1_000);
    const late: string[] = [];
    deadlines.begin(() => late.push('first'));
    jest.advanceTimersByTime(400);
    deadlines.begin(() => late.push('second'));
    jest.advanceTimersByTime(599);
    expect(late).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(late).toEqual(['first']);
    jest.advanceTimersByTime(399);
    expect(late).toEqual(['first']);
    jest.advanceTimersByTime(1);
    expect(late).toEqual(['first', 'second']);
  });

  it('that are kept are not reached, and hold up no other', () => {
    const deadlines = new Deadlines(1_000);
    const late: string[] = [];
    const kept = deadlines.begin(() => late.push('kept'));
    jest.advanceTimersByTime(500);
    deadlines.begin(() => late.push('missed'));
    kept();
    jest.advanceTimersByTime(999);
    expect(late).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(late).toEqual(['missed']);
  });

  it('leave no timer behind when all are over', () => {
    const deadlines = new Deadlines(1_000);
    deadlines.begin(() => undefined)();
    deadlines.begin(() => undefined);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may begin while another one is reached', () => {
    const deadlines = new Deadlines(1_000);
    const late: string[] = [];
    deadlines.begin(() => deadlines.begin(() => late.push('next')));
    jest.advanceTimersByTime(1_999);
    expect(late).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(late).toEqual(['next']);
  });
});
