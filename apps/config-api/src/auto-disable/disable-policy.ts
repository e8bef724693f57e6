import type { SystemDisabledReason } from '@cepro/contracts';
import { countedSince, type HealthHistory } from '../read-model/health.ts';

/** When an endpoint is switched off by the system. */
export interface DisablePolicy {
  /** How long it must have had no success, in milliseconds. */
  readonly afterMs: number;
  /** How many of its deliveries must have failed for good in that time: a quiet endpoint is not judged by one failure. */
  readonly minFailedDeliveries: number;
  /** How many deliveries in a row must have been answered 410, whatever the time; 0 for never. */
  readonly goneDeliveries: number;
}

/**
 * Why an endpoint that is on is to be switched off; `undefined` if it is not. Only attempts count that began after its
 * admin last changed it, switching it on included. Of two reasons the more telling one is given.
 */
export function reasonToDisable(updatedAt: Date, health: HealthHistory, policy: DisablePolicy, now: number): SystemDisabledReason | undefined {
  const { failingSince, failed, gone } = health;
  if (policy.goneDeliveries > 0 && countedSince(gone, updatedAt).length >= policy.goneDeliveries) return 'gone';
  if (!failingSince) return undefined;
  const since = Math.max(failingSince.getTime(), updatedAt.getTime());
  return now - since >= policy.afterMs && countedSince(failed, updatedAt).length >= policy.minFailedDeliveries ? 'failing' : undefined;
}
