import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@cepro/contracts';
import { withPatience } from './patience.ts';

const ignore = () => undefined;

describe('withPatience', () => {
  it('gives what the work gives', async () => {
    await expect(withPatience(1_000, (persist) => persist(() => Promise.resolve(42)), ignore)).resolves.toBe(42);
  });

  it('tries a step again until it works', async () => {
    let tries = 0;
    const step = async () => {
      tries += 1;
      if (tries < 3) throw new Error('away');
      return 'back';
    };
    await expect(withPatience(2_000, (persist) => persist(step), ignore)).resolves.toBe('back');
    expect(tries).toBe(3);
  });

  it('does not try again what is refused for a reason', async () => {
    let tries = 0;
    const work = withPatience(2_000, (persist) => persist(async () => {
      tries += 1;
      throw new DomainError('endpoint-not-found');
    }), ignore);
    await expect(work).rejects.toMatchObject({ code: 'endpoint-not-found' });
    expect(tries).toBe(1);
  });

  it('gives up in time and tells why', async () => {
    const reasons: unknown[] = [];
    const work = withPatience(250, (persist) => persist(() => Promise.reject(new Error('away'))), (reason) => reasons.push(reason));
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
    expect(reasons).toEqual([new Error('away')]);
  });

  it('gives up on a step that never answers, and begins no other', async () => {
    let second = false;
    let answer: (value: string) => void = ignore;
    const work = withPatience(100, async (persist) => {
      await persist(() => new Promise<string>((resolve) => { answer = resolve; }));
      await persist(async () => { second = true; });
    }, ignore);
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
    answer('too late');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(second).toBe(false);
  });

  it('passes a mistake in the work on as it is', async () => {
    await expect(withPatience(1_000, () => Promise.reject(new TypeError('mistake')), ignore)).rejects.toThrow(TypeError);
  });
});
