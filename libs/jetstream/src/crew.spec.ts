import { describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import { Crew } from './crew.ts';

/** Work that ends when it is told to, and how much of it has begun. */
function aHeap() {
  const begun: PromiseWithResolvers<void>[] = [];
  return {
    begun,
    work: () => {
      const piece = Promise.withResolvers<void>();
      begun.push(piece);
      return piece.promise;
    },
  };
}

describe('a crew', () => {
  it('does as much at a time as it has hands', async () => {
    const crew = new Crew(2);
    const { begun, work } = aHeap();
    await crew.take(work);
    await crew.take(work);
    const third = crew.take(work);
    const fourth = crew.take(work);
    await turn();
    expect(begun).toHaveLength(2);
    begun[0]!.resolve();
    await third;
    await turn();
    expect(begun).toHaveLength(3);
    begun[1]!.resolve();
    await fourth;
    expect(begun).toHaveLength(4);
  });

  it('is idle when the last piece has ended, and not before', async () => {
    const crew = new Crew(3);
    await crew.idle();
    const { begun, work } = aHeap();
    for (let n = 0; n < 3; n++) await crew.take(work);
    let idle = false;
    const waiting = Promise.all([crew.idle(), crew.idle()]).then(() => { idle = true; });
    begun[0]!.resolve();
    begun[2]!.resolve();
    await turn();
    expect(idle).toBe(false);
    begun[1]!.resolve();
    await waiting;
    await crew.take(work);
    idle = false;
    void crew.idle().then(() => { idle = true; });
    await turn();
    expect(idle).toBe(false);
    begun[3]!.resolve();
    await crew.idle();
  });

  it('lets everybody in who waits once it is unbound, and is idle after them all', async () => {
    const crew = new Crew(1);
    const { begun, work } = aHeap();
    await crew.take(work);
    const waiting = Array.from({ length: 5 }, () => crew.take(work));
    crew.unbound();
    await Promise.all(waiting);
    await crew.take(work);
    expect(begun).toHaveLength(7);
    for (const piece of begun) piece.resolve();
    await crew.idle();
  });

  it('never does more than it has hands, whoever comes when', async () => {
    const crew = new Crew(4);
    let busy = 0;
    let most = 0;
    for (let n = 0; n < 500; n++) {
      await crew.take(async () => {
        most = Math.max(most, ++busy);
        for (let turns = n % 5; turns > 0; turns--) await turn();
        busy--;
      });
    }
    await crew.idle();
    expect(busy).toBe(0);
    expect(most).toBe(4);
  });
});
