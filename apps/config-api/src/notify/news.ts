import { notificationId, type Notification, type SystemDisabledReason } from '@cepro/contracts';
import { countedSince, type HealthHistory } from '../read-model/health.ts';
import type { Told } from '../read-model/told.ts';

/** What is known of an endpoint that is not deleted, and what CE Pro was told of it. */
export interface WatchedEndpoint {
  readonly accountId: string;
  readonly endpointId: string;
  readonly url: string;
  readonly active: boolean;
  /** When its admin last changed it, or the system switched it off. */
  readonly updatedAt: Date;
  /** The last time that the system switched it off, even if it is on again. */
  readonly systemDisabling: { readonly at: Date; readonly reason: SystemDisabledReason } | null;
  readonly health: HealthHistory;
  readonly told: Told | undefined;
}

/**
 * What is older is not told any more: nobody wants to hear of it, and what was told is on record for longer than that, so
 * whoever has forgotten everything else never tells it twice. In milliseconds.
 */
export const freshMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * What CE Pro is to be told next of an endpoint, `undefined` if it knows everything:
 *
 * - `disabled`, each time that the system switches it off;
 * - `recovered`, when an attempt succeeds that began after what it was last told, if that was no `recovered`;
 * - `failing`, when a delivery has failed for good, with all its attempts, and no success has followed. Once, until it
 *   recovers or is switched off by the system. A delivery that failed before its admin last changed the endpoint doesn't count.
 */
export function newsOf(endpoint: WatchedEndpoint, now: number): Notification | undefined {
  return disabled(endpoint, now) ?? recovered(endpoint) ?? failing(endpoint, now);
}

function disabled(endpoint: WatchedEndpoint, now: number): Notification | undefined {
  const { systemDisabling: disabling, told, health: { failingSince, failedDeliveries } } = endpoint;
  if (!disabling || (told?.disabledAt && told.disabledAt >= disabling.at) || now - disabling.at.getTime() > freshMs) return undefined;
  const { at, reason } = disabling;
  return { ...about(endpoint, 'webhook.disabled', at), reason, since: earlier(failingSince, at).toISOString(), at: at.toISOString(), failedDeliveries };
}

function recovered(endpoint: WatchedEndpoint): Notification | undefined {
  const { active, told, health: { lastSuccessAt } } = endpoint;
  if (!active || !told || told.type === 'webhook.recovered' || !lastSuccessAt || lastSuccessAt <= told.at) return undefined;
  return { ...about(endpoint, 'webhook.recovered', told.at), since: told.since.toISOString(), at: lastSuccessAt.toISOString() };
}

function failing(endpoint: WatchedEndpoint, now: number): Notification | undefined {
  const { active, told, updatedAt, health: { failed, failingSince, failedDeliveries } } = endpoint;
  if (!active || told?.type === 'webhook.failing') return undefined;
  const [first] = countedSince(failed, updatedAt);
  if (!first) return undefined;
  const at = new Date(first.at);
  if (now - at.getTime() > freshMs) return undefined;
  return { ...about(endpoint, 'webhook.failing', at), since: earlier(failingSince, at).toISOString(), at: at.toISOString(), failedDeliveries };
}

/** What all notifications have. `fact`: the time of what this one answers to, which tells it from others of its type. */
function about<T extends Notification['type']>({ accountId, endpointId, url }: WatchedEndpoint, type: T, fact: Date) {
  return { id: notificationId(endpointId, type, fact.getTime()), type, accountId, endpointId, host: URL.parse(url)?.host ?? '' };
}

function earlier(a: Date | null, b: Date): Date {
  return a && a < b ? a : b;
}
