import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@cepro/contracts';
import { aborted } from '../abort.ts';

const pauseMs = 100;

/** Does something again until it works, fails for a reason that trying again can't mend, or time is up. */
export type Persist = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Gives `work` a limited time in which its single steps, wrapped in `persist`, are tried again while a service that they
 * need is away. What is not done by then is answered as `unavailable`; no further step begins.
 *
 * @throws DomainError what `work` throws, or `unavailable`. `onGivingUp` is told what the last failure was.
 */
export async function withPatience<T>(
  patienceMs: number, work: (persist: Persist) => Promise<T>, onGivingUp: (lastFailure: unknown) => void,
): Promise<T> {
  const signal = AbortSignal.timeout(patienceMs);
  let lastFailure: unknown = new Error('no answer in time');
  const persist: Persist = async (step) => {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await step();
      } catch (error) {
        if (error instanceof DomainError) throw error;
        lastFailure = error;
      }
      await sleep(pauseMs, undefined, { signal });
    }
  };
  try {
    // A step may wait for a connection that never comes, so the end can't be left to the steps.
    return await Promise.race([work(persist), aborted(signal)]);
  } catch (error) {
    if (!signal.aborted || error instanceof DomainError) throw error;
    onGivingUp(lastFailure);
    throw new DomainError('unavailable');
  }
}
