import { describe, expect, it } from '@jest/globals';
import { hasRoom, oldSpaceLimit, processHeap, type Heap } from './heap.ts';

/** A heap of which so many of a hundred bytes are in use, and so many of them garbage. */
function aHeap({ used, garbage }: { used: number; garbage: number }): Heap & { collections: number } {
  return {
    collections: 0,
    use() { return { used: this.collections > 0 ? used - garbage : used, limit: 100 }; },
    collect() { this.collections += 1; },
  };
}

describe('a heap', () => {
  it.each([
    ['with little in use has room, and nothing is collected', { used: 74, garbage: 0 }, true, 0],
    ['that is full of garbage has room', { used: 99, garbage: 80 }, true, 1],
    ['that is full of what is kept has none', { used: 80, garbage: 5 }, false, 1],
  ])('%s', (_, use, room, collections) => {
    const heap = aHeap(use);
    expect(hasRoom(heap)).toBe(room);
    expect(heap.collections).toBe(collections);
  });
});

describe('the heap of this process', () => {
  it('is in use within its limit, and less so when garbage is gone', () => {
    let garbage: string[][] | undefined = Array.from({ length: 100 }, (_, n) => Array.from({ length: 10_000 }, (__, m) => `${n}:${m}`));
    processHeap.collect();
    const before = processHeap.use();
    expect(garbage).toHaveLength(100);
    garbage = undefined;
    processHeap.collect();
    const after = processHeap.use();
    expect(before.used).toBeLessThan(before.limit);
    expect(before.used - after.used).toBeGreaterThan(10_000_000);
  });
});

describe('the limit of what is old', () => {
  const MiB = 1024 * 1024;

  it.each([
    ['', 4_288],
    ['--enable-source-maps', 4_288],
    ['--max-old-space-size=48', 48],
    ['--max_old_space_size=48', 48],
    ['--max-old-space-size 48', 48],
    ['--max-old-space-size=48 --enable-source-maps --max-old-space-size=96', 96],
    ['--max-old-space-size=0', 4_288],
    ['--max-old-space-size=9000', 4_288],
  ])('with the options "%s" is %d MiB', (options, megabytes) => {
    expect(oldSpaceLimit(options, 4_288 * MiB)).toBe(megabytes * MiB);
  });
});
