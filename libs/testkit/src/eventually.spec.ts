import { describe, expect, it } from '@jest/globals';
import { eventually } from './index.ts';

describe('eventually', () => {
  it('returns what the first success returns', async () => {
    let tries = 0;
    const result = await eventually(() => (++tries < 3 ? false : `try ${tries}`), { intervalMs: 1 });
    expect(result).toBe('try 3');
  });

  it('takes a function that returns nothing as successful once it stops throwing', async () => {
    let tries = 0;
    await eventually(() => { expect(++tries).toBe(4); }, { intervalMs: 1 });
    expect(tries).toBe(4);
  });

  it('says what the last failure was', async () => {
    let tries = 0;
    const failing = eventually(() => { throw new Error(`failure ${++tries}`); }, { timeoutMs: 30, intervalMs: 5 });
    await expect(failing).rejects.toThrow(/not within 30 ms, after \d+ tries: failure \d+/);
    await expect(failing).rejects.toHaveProperty('cause.message', `failure ${tries}`);
  });

  it('says what a falsy result was', async () => {
    await expect(eventually(() => null, { timeoutMs: 5 })).rejects.toThrow('it was null');
  });
});
