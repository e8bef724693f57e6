import type { Event } from '../api/client.ts';

/** How soon an event's answer may change: `moving` at any moment, `unsure` in a while, `settled` only if somebody sends something again. */
export type Pace = 'moving' | 'unsure' | 'settled';

/** Routers take an event within a second. One that has waited for longer than this waits for somebody to repair something. */
const longWaitMs = 60 * 60 * 1_000;

/** Whether an event has waited for so long that it is not going to be matched in a moment. */
export function isLate({ status, receivedAt }: Pick<Event, 'status' | 'receivedAt'>, now: number): boolean {
  return status === 'waiting' && now - Date.parse(receivedAt) > longWaitMs;
}

export function paceOf(event: Pick<Event, 'status' | 'receivedAt'> & { readonly endpoints: readonly Pick<Event['endpoints'][number], 'verdict' | 'deliveryStatus'>[] }, now: number): Pace {
  if (event.status === 'waiting') return isLate(event, now) ? 'settled' : 'moving';
  if (event.endpoints.some(({ deliveryStatus }) => deliveryStatus === 'pending')) return 'moving';
  // The log does not have the delivery yet, or not any more.
  return event.endpoints.some(({ verdict, deliveryStatus }) => verdict === 'scheduled' && deliveryStatus === null) ? 'unsure' : 'settled';
}
