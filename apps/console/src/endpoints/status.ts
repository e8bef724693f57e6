import type { Endpoint } from '../api/client.ts';

/** How good or bad something is, which gives it its colour. */
export type Tone = 'good' | 'bad' | 'wait' | 'idle';

/** `onward`: it went on its way, and its end is told elsewhere. */
export type MarkTone = Tone | 'onward';

export interface EndpointStatus {
  readonly tone: Tone;
  readonly text: string;
  /** Since when it has been so, where that matters. */
  readonly since: string | null;
}

const disabled = {
  user: 'Disabled by you',
  failing: 'Disabled by the system because every delivery failed for days',
  gone: 'Disabled by the system because the receiver answered 410 Gone',
} as const;

/** How an endpoint is doing, at a glance. */
export function statusOf({ active, disabledReason, disabledAt, health }: Endpoint): EndpointStatus {
  if (!active) return { tone: disabledReason === 'user' || disabledReason === null ? 'idle' : 'bad', text: disabled[disabledReason ?? 'user'], since: disabledAt };
  switch (health.state) {
    case 'failing': return { tone: 'bad', text: 'Failing since', since: health.failingSince };
    case 'healthy': return { tone: 'good', text: 'Healthy', since: null };
    case 'unused': return { tone: 'idle', text: 'Never used', since: null };
    default: return { tone: 'idle', text: 'Status not known right now', since: null };
  }
}

/** When something was last sent to an endpoint; `null` if nothing ever was. */
export function lastDeliveryOf({ health: { lastSuccessAt, lastFailureAt } }: Endpoint): string | null {
  if (!lastSuccessAt || !lastFailureAt) return lastSuccessAt ?? lastFailureAt;
  return lastSuccessAt > lastFailureAt ? lastSuccessAt : lastFailureAt;
}
