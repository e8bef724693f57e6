import { normalLane, type Lane } from '@cepro/contracts';

/** How an endpoint is treated by one worker: how much it gets at a time, and whether it is in trouble. */
export interface Pace {
  /** How many requests it may have in flight; a fraction counts when it makes a whole. */
  readonly limit: number;
  readonly inFlight: number;
  /** Failures, less what successes have made up for; never more than open the circuit. */
  readonly failures: number;
  /** Since when its circuit is open, in milliseconds since the epoch; `undefined` while it is closed. */
  readonly openSince: number | undefined;
  /** Until when it asked to be left alone. */
  readonly pausedUntil: number;
  /** How long its successes take, lately and usually, and any attempt: moving averages in milliseconds, 0 before the first. */
  readonly lately: number;
  readonly usually: number;
  readonly takes: number;
  /** Before this its limit is not lowered again: what is in flight was sent under the limit before. */
  readonly settlesAt: number;
}

export interface PaceRules {
  /** What an endpoint begins with, and the most that it can come to. */
  readonly initialLimit: number;
  readonly maxLimit: number;
  /** An endpoint whose answers take longer than this, in milliseconds, is slow: its limit does not grow. */
  readonly quickMs: number;
  /** With so many requests of a slow endpoint in flight the normal lane has no more for it. */
  readonly slowShare: number;
  /** A run of so many failures opens the circuit, and so does a longer one with few successes in it. */
  readonly failuresToOpen: number;
  /** The longest that a receiver can put its deliveries off, in milliseconds. */
  readonly maxPauseMs: number;
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly at: number;
  readonly durationMs: number;
  /** `overloaded`: a failure that says that it is too much: 429, 503, or no answer in time. */
  readonly outcome: 'success' | 'failure' | 'overloaded';
  /** How long the receiver asks to be left alone, if it does. */
  readonly retryAfterMs?: number | undefined;
}

/** What happens with a place that an endpoint gave: it is taken, and left with or without an attempt. */
export type PaceEvent =
  | { readonly type: 'started' }
  | { readonly type: 'left' }
  /** It leads elsewhere now, or was switched on again: what was learnt is of no use any more. */
  | { readonly type: 'replaced' }
  | ({ readonly type: 'ended' } & AttemptEnd);

/** What may be done with a delivery that is due. */
export type Admission = 'go' | 'full' | 'slow' | 'open' | 'paused';

/** An endpoint that nothing is known of. */
export function initialPace({ initialLimit }: Pick<PaceRules, 'initialLimit'>): Pace {
  return { limit: initialLimit, inFlight: 0, failures: 0, openSince: undefined, pausedUntil: 0, lately: 0, usually: 0, takes: 0, settlesAt: 0 };
}

/**
 * Whether an endpoint may be sent a request now. In the normal lane an open circuit lets nothing pass, and one that is slow
 * little; the slow lane, where the limit alone decides, finds out whether it is back.
 */
export function admit(pace: Pace, lane: Lane, { quickMs, slowShare }: PaceRules, now: number): Admission {
  if (pace.pausedUntil > now) return 'paused';
  if (lane === normalLane && pace.openSince !== undefined) return 'open';
  if (lane === normalLane && pace.takes > quickMs && pace.inFlight >= slowShare) return 'slow';
  return pace.inFlight < Math.floor(pace.limit) ? 'go' : 'full';
}

/** Answers that take twice as long as usual, and this much longer, in milliseconds, count as too much. */
const slowerByMs = 250;
const weights = { lately: 0.2, usually: 0.02 };

/** What an endpoint's pace is after an event. */
export function evolvePace(pace: Pace, event: PaceEvent, rules: PaceRules): Pace {
  if (event.type === 'started') return { ...pace, inFlight: pace.inFlight + 1 };
  if (event.type === 'replaced') return { ...initialPace(rules), inFlight: pace.inFlight };
  const left = { ...pace, inFlight: Math.max(0, pace.inFlight - 1) };
  if (event.type === 'left') return left;
  const { at, durationMs, outcome, retryAfterMs = 0 } = event;
  const after = {
    ...left,
    takes: averaged(pace.takes, durationMs, weights.lately),
    pausedUntil: retryAfterMs > 0 ? Math.max(pace.pausedUntil, at + Math.min(retryAfterMs, rules.maxPauseMs)) : pace.pausedUntil,
  };
  if (outcome === 'success') {
    const lately = averaged(pace.lately, durationMs, weights.lately);
    const usually = averaged(pace.usually, durationMs, weights.usually);
    return succeeded({ ...after, lately, usually }, pace, event, rules);
  }
  const failures = Math.min(pace.failures + 1, rules.failuresToOpen);
  const failed = { ...after, failures, openSince: pace.openSince ?? (failures >= rules.failuresToOpen ? at : undefined) };
  return outcome === 'overloaded' ? lowered(failed, at, durationMs) : failed;
}

/** So many failures a success makes up for: whoever fails more than two times in three comes to be in trouble, in a row or not. */
const worth = 2;

function succeeded(after: Pace, before: Pace, { at, durationMs }: AttemptEnd, { maxLimit, quickMs }: PaceRules): Pace {
  // It counts as back at once, and as in trouble again soon, should this have been one success among many failures.
  const well = { ...after, failures: Math.max(0, before.failures - worth), openSince: undefined };
  // It is not the limit that it has come back at, so begin low: the backlog must not fall upon it.
  if (before.openSince !== undefined) return { ...well, limit: 1 };
  if (well.lately > 2 * well.usually && well.lately > well.usually + slowerByMs) return lowered(well, at, well.lately);
  // One more for each round of quick answers, and only if it makes use of what it has.
  const grows = durationMs <= quickMs && before.inFlight >= Math.floor(before.limit) / 2;
  return grows ? { ...well, limit: Math.min(maxLimit, well.limit + 1 / Math.floor(well.limit)) } : well;
}

function lowered(pace: Pace, at: number, durationMs: number): Pace {
  if (at < pace.settlesAt) return pace;
  return { ...pace, limit: Math.max(1, Math.floor(pace.limit) / 2), settlesAt: at + durationMs };
}

/** A moving average, which begins with its first value. */
function averaged(before: number, value: number, weight: number): number {
  return before === 0 ? value : before + weight * (value - before);
}
