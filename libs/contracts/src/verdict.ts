import type { EventType } from './catalogue.ts';
import type { DisabledReason, Endpoint } from './endpoint.ts';
import { matches, subscribes } from './routing.ts';

/** Whether an endpoint as it stands gets an event: a delivery is scheduled, or why none is. */
export const verdicts = ['scheduled', 'not-subscribed', 'inactive', 'disabled-by-system'] as const;
export type Verdict = (typeof verdicts)[number];

/** Why the system has switched an endpoint off. */
export const systemReasons = ['failing', 'gone'] as const satisfies readonly DisabledReason[];

/** A verdict with what belongs to it. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Since when the endpoint is off, ISO 8601, if that is the reason. */
  readonly since: string | null;
  /** Why the system has switched it off, if that is the reason. */
  readonly disabledReason: (typeof systemReasons)[number] | null;
}

/**
 * Judges an endpoint by the rule that the router goes by. One that is off and does not want the type either is not
 * subscribed: switching it on would not change the verdict.
 */
export function judge(endpoint: Pick<Endpoint, 'active' | 'events' | 'disabledReason' | 'disabledAt'>, type: EventType): Judgement {
  if (matches(endpoint, type)) return { verdict: 'scheduled', since: null, disabledReason: null };
  if (!subscribes(endpoint, type)) return { verdict: 'not-subscribed', since: null, disabledReason: null };
  const { disabledReason, disabledAt: since } = endpoint;
  return disabledReason === 'failing' || disabledReason === 'gone'
    ? { verdict: 'disabled-by-system', since, disabledReason }
    : { verdict: 'inactive', since, disabledReason: null };
}
