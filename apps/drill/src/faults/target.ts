import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultKind } from '../schedule/schedule.ts';

/** Something that can be broken. Each call resolves when it is done; `start` and `restart` when it is up again, `resume` when it is well. */
export interface Target {
  readonly name: string;
  kill(): Promise<void>;
  /** Starts what was killed. */
  start(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  restart(): Promise<void>;
}

export interface FaultRun {
  readonly mostBroken: number;
  readonly signal: AbortSignal;
  /** Told of each fault when it begins. */
  readonly onFault: (fault: Fault) => void;
}

/** How long what is being started may take, when everything is ended in the middle. */
const abandonMs = 10_000;

/**
 * Makes faults at their times, and resolves with how many of each kind were made when everything is well again. On a machine that
 * is slower than the schedule expects, a fault waits until its target is well, and until there are not too many.
 */
export async function makeFaults(faults: readonly Fault[], targets: readonly Target[], run: FaultRun): Promise<Record<FaultKind, number>> {
  const { mostBroken, signal, onFault } = run;
  const made: Record<FaultKind, number> = { kill: 0, pause: 0, restart: 0 };
  const startedAt = performance.now();
  const broken = new Map<string, Promise<void>>();
  const failed = Promise.withResolvers<never>();
  const over = new AbortController();
  failed.promise.catch(() => over.abort());
  try {
    for (const fault of faults) {
      const waitMs = startedAt + fault.atMs - performance.now();
      if (waitMs > 0) await Promise.race([failed.promise, sleep(waitMs, undefined, { signal: AbortSignal.any([signal, over.signal]) })]);
      while (broken.size >= mostBroken || broken.has(fault.target)) await Promise.race([...broken.values(), failed.promise]);
      signal.throwIfAborted();
      onFault(fault);
      made[fault.kind] += 1;
      const target = targets.find(({ name }) => name === fault.target)!;
      broken.set(fault.target, makeFault(fault, target, signal).catch(failed.reject).finally(() => broken.delete(fault.target)));
    }
    await Promise.race([Promise.all(broken.values()), failed.promise]);
    return made;
  } catch (error) {
    // Whoever ends everything now shall not meet with what is being started.
    await Promise.race([Promise.all(broken.values()), sleep(abandonMs, undefined, { ref: false })]);
    throw error;
  }
}

async function makeFault({ kind, lastsMs }: Fault, target: Target, signal: AbortSignal): Promise<void> {
  switch (kind) {
    case 'kill':
      await target.kill();
      await sleep(lastsMs, undefined, { signal });
      return await target.start();
    case 'pause':
      await target.pause();
      await sleep(lastsMs, undefined, { signal });
      return await target.resume();
    case 'restart':
      return await target.restart();
  }
}
