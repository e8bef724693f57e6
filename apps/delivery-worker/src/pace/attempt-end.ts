import type { MadeAttempt } from '../send/sender.service.ts';
import type { AttemptEnd } from './pace.ts';
import { isOverloaded } from './retry-after.ts';

/** What an attempt that was made at `at` (milliseconds since the epoch) tells of its endpoint. */
export function attemptEnd({ attempt, retryAfterMs }: MadeAttempt, at: number): AttemptEnd {
  const { outcome, statusCode, error, responseTimeMs: durationMs } = attempt;
  if (outcome === 'Success') return { at, durationMs, outcome: 'success' };
  const overloaded = error === 'timeout' || isOverloaded(statusCode);
  return { at, durationMs, outcome: overloaded ? 'overloaded' : 'failure', retryAfterMs };
}
