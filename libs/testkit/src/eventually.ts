import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long to go on trying, in milliseconds. Default: 120,000, since only a failure takes so long. */
  readonly timeoutMs?: number;
  /** The pause between two tries, in milliseconds. Default: 50. */
  readonly intervalMs?: number;
}

/**
 * Calls `attempt` until it neither throws nor returns something falsy (nothing at all counts as success, so that a few
 * `expect` lines will do), and returns what it returned.
 * @throws Error with the last failure as its text and cause, when the time is up.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>, { timeoutMs = 120_000, intervalMs = 50 }: EventuallyOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let tries = 0;
  for (;;) {
    tries++;
    let failure: unknown;
    try {
      const result = await attempt();
      if (result === undefined || result) return result;
      failure = new Error(`it was ${String(result)}`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadline) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`not within ${timeoutMs} ms, after ${tries} tries: ${reason}`, { cause: failure });
    }
    await sleep(Math.max(1, Math.min(intervalMs, deadline - Date.now())));
  }
}
