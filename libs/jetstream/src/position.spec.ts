import { describe, expect, it } from '@jest/globals';
import { Position } from './position.ts';

describe('a position', () => {
  it('begins at nothing and never goes back', () => {
    const position = new Position();
    expect(position.sequence).toBe(0);
    position.advance(7);
    position.advance(3);
    expect(position.sequence).toBe(7);
  });

  it('tells those who wait as soon as they need not any more', async () => {
    const position = new Position();
    const told: string[] = [];
    const waiting = [5, 7, 7, 9].map((sequence) => position.reached(sequence, 10_000).then((reached) => told.push(`${sequence}: ${reached}`)));
    position.advance(7);
    await Promise.all(waiting.slice(0, 3));
    expect(told).toEqual(['5: true', '7: true', '7: true']);
    position.advance(100);
    await waiting[3];
    expect(told).toHaveLength(4);
  });

  it('keeps nobody waiting for what is reached already', async () => {
    const position = new Position();
    position.advance(7);
    expect(await position.reached(7, 0)).toBe(true);
    expect(await position.reached(0, 0)).toBe(true);
  });

  it('tells those for whom it took too long', async () => {
    const position = new Position();
    expect(await position.reached(1, 20)).toBe(false);
    position.advance(1);
    expect(await position.reached(1, 20)).toBe(true);
  });

  it('tells those who need not wait any longer', async () => {
    const position = new Position();
    const stop = new AbortController();
    const waiting = position.reached(1, 1_000_000, stop.signal);
    stop.abort();
    expect(await waiting).toBe(false);
    expect(await position.reached(1, 1_000_000, stop.signal)).toBe(false);
    position.advance(1);
    expect(await position.reached(1, 1_000_000, stop.signal)).toBe(true);
  });

  it('can begin again', async () => {
    const position = new Position();
    position.advance(7);
    position.reset(0);
    expect(await position.reached(1, 20)).toBe(false);
    position.advance(2);
    expect(position.sequence).toBe(2);
  });
});
