import type { Outcome } from '@cepro/contracts';

/** What is known of an endpoint's deliveries. */
export interface HealthFacts {
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  /** When the first of the failures began that no success has followed. */
  readonly failingSince: Date | null;
  /** How many deliveries have failed for good, all their attempts included, since the last success. */
  readonly failedDeliveries: number;
}

/** A delivery, and when the last of its attempts began that counted, ISO 8601. */
export interface DeliveryMark {
  readonly deliveryId: string;
  readonly at: string;
}

/** Also which deliveries those were, for policies that count only what came after a change. */
export interface HealthHistory extends HealthFacts {
  /** Those that have failed for good since the last success: the last {@link mostFailed} of them, oldest first. */
  readonly failed: readonly DeliveryMark[];
  /** Those that were answered 410, with no other outcome of any attempt since: the last {@link mostGone}, oldest first. */
  readonly gone: readonly DeliveryMark[];
}

/** How many deliveries that failed are remembered, and so the most that a policy can ask for. */
export const mostFailed = 100;
/** The same for those that were answered 410. */
export const mostGone = 20;

/** Nothing was attempted yet. */
export const noHealthFacts: HealthFacts = { lastSuccessAt: null, lastFailureAt: null, failingSince: null, failedDeliveries: 0 };
export const noHealthHistory: HealthHistory = { ...noHealthFacts, failed: [], gone: [] };

/**
 * `unused`, nothing was attempted yet; `healthy`, the last attempt succeeded; `failing`, it failed; `disabled`, it is
 * switched off; `unknown`, it can't be told at the moment.
 */
export const healthStates = ['unused', 'healthy', 'failing', 'disabled', 'unknown'] as const;
export type HealthState = (typeof healthStates)[number];

/** An endpoint's state from whether it is on and what is known; `undefined` for facts that can't be had. */
export function healthState(active: boolean, facts: HealthFacts | undefined): HealthState {
  if (!active) return 'disabled';
  if (!facts) return 'unknown';
  if (facts.failingSince) return 'failing';
  return facts.lastSuccessAt ? 'healthy' : 'unused';
}

/** One attempt, as far as health is concerned. */
export interface HealthSignal {
  readonly endpointId: string;
  readonly deliveryId: string;
  readonly at: Date;
  readonly outcome: Outcome;
  /** The receiver answered 410 Gone, completely. */
  readonly gone: boolean;
}

/** What is known after one more attempt, in the order in which they were recorded. */
export function evolveHealth(before: HealthHistory, { deliveryId, at, outcome, gone }: HealthSignal): HealthHistory {
  if (outcome === 'Success') {
    return { ...before, lastSuccessAt: later(before.lastSuccessAt, at), failingSince: null, failedDeliveries: 0, failed: [], gone: [] };
  }
  const mark: DeliveryMark = { deliveryId, at: at.toISOString() };
  const failedForGood = outcome === 'Failed';
  // One that an admin sends again, and that fails again, is the same delivery.
  const failedBefore = before.failed.some((other) => other.deliveryId === deliveryId);
  return {
    lastSuccessAt: before.lastSuccessAt,
    lastFailureAt: later(before.lastFailureAt, at),
    failingSince: before.failingSince ?? at,
    failedDeliveries: before.failedDeliveries + (failedForGood && !failedBefore ? 1 : 0),
    failed: failedForGood ? remember(before.failed, mark, mostFailed) : before.failed,
    gone: gone ? remember(before.gone, mark, mostGone) : [],
  };
}

/** The deliveries of a list that still count after a change at `since`: those attempted later. */
export function countedSince(marks: readonly DeliveryMark[], since: Date): DeliveryMark[] {
  return marks.filter(({ at }) => Date.parse(at) > since.getTime());
}

/** Each delivery once, with its last attempt. */
function remember(marks: readonly DeliveryMark[], mark: DeliveryMark, most: number): DeliveryMark[] {
  return [...marks.filter(({ deliveryId }) => deliveryId !== mark.deliveryId), mark].slice(-most);
}

// Workers record side by side, so a later message may tell of an earlier attempt.
function later(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a > b ? a : b;
}
