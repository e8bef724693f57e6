import { describe, expect, it } from '@jest/globals';
import { selfTimes, type CpuProfile } from './cpu-profile.ts';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({ id, callFrame: { functionName, url, lineNumber } });

describe('selfTimes', () => {
  const profile: CpuProfile = {
    nodes: [
      node(1, '(idle)'), node(2, '(garbage collector)'), node(3, 'request', 'file:///x/apps/delivery-worker/node_modules/undici/lib/api.js', 9),
      node(4, '', 'file:///x/libs/jetstream/dist/pulling.js', 80), node(5, 'request', 'file:///x/apps/delivery-worker/node_modules/undici/lib/api.js', 9),
    ],
    samples: [3, 1, 4, 2, 5, 3],
    timeDeltas: [0, 1_000, 5_000, 500, 250, 2_000],
  };

  it('adds up what one function took wherever it was called, and leaves out waiting', () => {
    expect(selfTimes(profile, 10)).toEqual([
      { name: 'request', where: 'undici/lib/api.js:10', ms: 3, percent: 80 },
      { name: '(anonymous)', where: 'libs/jetstream/dist/pulling.js:81', ms: 0.5, percent: expect.closeTo(13.33, 1) },
      { name: '(garbage collector)', where: '', ms: 0.25, percent: expect.closeTo(6.67, 1) },
    ]);
  });

  it('tells of so many at most, and of nothing where there is nothing', () => {
    expect(selfTimes(profile, 1)).toHaveLength(1);
    expect(selfTimes({ nodes: [], samples: [], timeDeltas: [] }, 5)).toEqual([]);
  });
});
