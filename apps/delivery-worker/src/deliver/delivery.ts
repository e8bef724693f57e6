import type { AttemptError, CancelReason, DeliveryRequest, Endpoint, Outcome } from '@cepro/contracts';
import { nextAttemptAt, type RetrySchedule } from './retry-schedule.ts';

/** What is on record of a delivery. */
export interface History {
  /** The number of its last attempt, 0 before the first. */
  readonly attempts: number;
  /** When the next one is due, in milliseconds since the epoch; `undefined` before the first and after the last. */
  readonly dueAt: number | undefined;
  /** How long the wait for that was to be, in milliseconds, where that is known. */
  readonly waitMs?: number | undefined;
  /** True once the last attempt was a success or the last failure allowed. */
  readonly ended: boolean;
}

/** A delivery that was not attempted yet. */
export const untried: History = { attempts: 0, dueAt: undefined, ended: false };

/** What to do with a delivery in hand. */
export type NextStep =
  /** It has ended, or its endpoint is gone and everything of it with it: nothing is left to do. */
  | { readonly kind: 'done' }
  | { readonly kind: 'cancel'; readonly reason: CancelReason }
  /** It came back before it was due. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'send'; readonly attempt: number };

/**
 * Decides what to do next. `endpoint` is what the configuration says now; `undefined` if it was deleted. An endpoint
 * that was switched off after the delivery was scheduled cancels it, even if it is on again. `dueAt` may be by another worker's
 * clock. The server, which counts the time by itself, has held the delivery back already; so whatever the clocks say, it waits no
 * longer from now on than it was to wait in all, and never longer than `longestMs`.
 */
export function nextStep(
  request: Pick<DeliveryRequest, 'configVersion'>,
  history: History,
  endpoint: Pick<Endpoint, 'active' | 'lastDisabledVersion'> | undefined,
  now: number,
  longestMs: number,
): NextStep {
  if (history.ended || !endpoint) return { kind: 'done' };
  if (!endpoint.active || endpoint.lastDisabledVersion > request.configVersion) return { kind: 'cancel', reason: 'endpoint-disabled' };
  if (history.dueAt !== undefined && history.dueAt > now) {
    return { kind: 'wait', untilMs: Math.min(history.dueAt, now + Math.min(history.waitMs ?? longestMs, longestMs)) };
  }
  return { kind: 'send', attempt: history.attempts + 1 };
}

/** What came back from a receiver, or why nothing did. */
export interface Answer {
  readonly statusCode: number | null;
  readonly error: AttemptError | null;
  /** How long the receiver asks to be left alone, in milliseconds, if it does. */
  readonly retryAfterMs?: number | undefined;
}

/** 2xx, complete and in time. Everything else is a failure, redirects too. */
export function isSuccess({ statusCode, error }: Answer): boolean {
  return error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
}

/** What an attempt's answer means for its delivery. `schedule` is `undefined` where one attempt is all there is. */
export function outcomeOf(
  answer: Answer, attempt: number, schedule: RetrySchedule | undefined, endedAt: number, random: number,
): { outcome: Outcome; nextAttemptAt: number | undefined } {
  if (isSuccess(answer)) return { outcome: 'Success', nextAttemptAt: undefined };
  const next = schedule && nextAttemptAt(schedule, attempt, endedAt, random);
  if (next === undefined) return { outcome: 'Failed', nextAttemptAt: undefined };
  return { outcome: 'Retrying', nextAttemptAt: Math.max(next, endedAt + (answer.retryAfterMs ?? 0)) };
}
