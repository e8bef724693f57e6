import type { CancelReason, Outcome } from '@cepro/contracts';
import type { Fact } from './fact.ts';

/** Where a delivery is in its life. */
export const deliveryStatuses = ['pending', 'succeeded', 'failed', 'cancelled'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** What changes in a delivery's life. */
export interface DeliveryState {
  readonly status: DeliveryStatus;
  /** The number of its last attempt. */
  readonly attempts: number;
  /** When the next attempt is due, ISO 8601, if one is waited for. */
  readonly nextAttemptAt: string | null;
  readonly cancelReason: CancelReason | null;
  /** The sequence of the configuration up to which the author of its last request had read. */
  readonly configVersion: number;
}

/**
 * The state after a fact; `undefined` for a delivery that nothing is known of. Facts are stored at least once, so one
 * that was taken before changes nothing.
 */
export function evolveDelivery(state: DeliveryState | undefined, fact: Fact): DeliveryState | undefined {
  switch (fact.what) {
    case 'scheduled':
      return state ?? pending(0, fact.request.configVersion);
    case 'tested':
      return state ?? { ...pending(fact.attempt.attempt, 0), status: fact.attempt.outcome === 'Success' ? 'succeeded' : 'failed' };
    case 'retry':
      // It carries the whole request, so a delivery whose beginning is no longer in the stream is known again.
      if (!state) return pending(fact.attempt - 1, fact.request.configVersion);
      if (fact.attempt <= state.attempts || state.status === 'pending' || state.status === 'succeeded') return state;
      return pending(state.attempts, fact.request.configVersion);
    case 'attempted':
      if (!state || fact.attempt.attempt <= state.attempts) return state;
      return attempted(state, fact.attempt);
    case 'diverted':
      return state;
    case 'cancelled':
      // An attempt that was under way may have ended it otherwise.
      if (state?.status !== 'pending') return state;
      return { ...state, status: 'cancelled', nextAttemptAt: null, cancelReason: fact.reason };
  }
}

function pending(attempts: number, configVersion: number): DeliveryState {
  return { status: 'pending', attempts, nextAttemptAt: null, cancelReason: null, configVersion };
}

function attempted(state: DeliveryState, { attempt, outcome, nextAttemptAt }: { attempt: number; outcome: Outcome; nextAttemptAt: string | null }): DeliveryState {
  const after = { ...state, attempts: attempt };
  switch (outcome) {
    case 'Success':
      return { ...after, status: 'succeeded', nextAttemptAt: null, cancelReason: null };
    case 'Failed':
      // What the receiver has once accepted stays accepted.
      return state.status === 'succeeded' ? after : { ...after, status: 'failed', nextAttemptAt: null, cancelReason: null };
    case 'Retrying':
      // Two workers may have had the same delivery: if one has ended it, there is no next attempt.
      return state.status === 'pending' ? { ...after, nextAttemptAt } : after;
  }
}
