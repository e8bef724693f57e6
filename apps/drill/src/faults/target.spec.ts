import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../schedule/schedule.ts';
import { makeFaults, type Target } from './target.ts';

/** A target that writes down what is done to it, and needs a moment to be well again. */
function aTarget(name: string, diary: string[], recoveryMs = 0): Target {
  const note = async (what: string) => void diary.push(`${what} ${name}`);
  const well = async (what: string) => {
    await sleep(recoveryMs);
    await note(what);
  };
  return { name, kill: () => note('kill'), pause: () => note('pause'), start: () => well('start'), resume: () => well('resume'), restart: () => well('restart') };
}

const fault = (target: string, kind: Fault['kind'], atMs: number, lastsMs = 0): Fault => ({ target, kind, atMs, lastsMs });
const run = (over: Partial<Parameters<typeof makeFaults>[2]> = {}) => ({ mostBroken: 2, signal: new AbortController().signal, onFault: () => undefined, ...over });

describe('makeFaults', () => {
  it('makes them in order, heals each, and counts them', async () => {
    const diary: string[] = [];
    const faults = [fault('a', 'kill', 0, 30), fault('b', 'restart', 10), fault('b', 'pause', 60, 5)];
    expect(await makeFaults(faults, [aTarget('a', diary), aTarget('b', diary)], run())).toEqual({ kill: 1, pause: 1, restart: 1 });
    expect(diary).toEqual(['kill a', 'restart b', 'start a', 'pause b', 'resume b']);
  });

  it('waits for a target that is slow to be well, and while too many are broken', async () => {
    const diary: string[] = [];
    const targets = [aTarget('a', diary, 50), aTarget('b', diary)];
    await makeFaults([fault('a', 'kill', 0), fault('a', 'restart', 1), fault('b', 'restart', 2)], targets, run({ mostBroken: 1 }));
    expect(diary).toEqual(['kill a', 'start a', 'restart a', 'restart b']);
  });

  it('fails with what went wrong with a target', async () => {
    const broken = { ...aTarget('a', []), start: () => Promise.reject(new Error('it does not start')) };
    await expect(makeFaults([fault('a', 'kill', 0), fault('a', 'kill', 600_000)], [broken], run())).rejects.toThrow('it does not start');
  });

  it('ends at once when it is told to', async () => {
    const stop = new AbortController();
    const making = makeFaults([fault('a', 'pause', 0, 600_000)], [aTarget('a', [])], run({ signal: stop.signal, onFault: () => setTimeout(() => stop.abort(), 5) }));
    await expect(making).rejects.toThrow('aborted');
  });
});
