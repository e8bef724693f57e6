import { timeOfId, type Attempt, type CancelReason, type DeliveryRequest, type Lane } from '@cepro/contracts';
import { Counter, Histogram } from 'prom-client';

const delay = new Histogram({
  name: 'webhooks_delivery_delay_seconds',
  help: 'From the acceptance of an event to the start of a delivery\'s first attempt, by the lane that it took',
  labelNames: ['lane'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600],
});
const duration = new Histogram({
  name: 'webhooks_delivery_duration_seconds',
  help: 'From the acceptance of an event to the end of a delivery, by how it ended; retries by hand not counted',
  labelNames: ['state'],
  // Bounds between no retry, one, two and three of them, each with attempts that time out.
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 450, 900, 1_800, 3_600],
});
const cancelled = new Counter({ name: 'webhooks_deliveries_cancelled_total', help: 'Deliveries given up, by reason', labelNames: ['reason'] });

const delays = { n: delay.labels('normal'), s: delay.labels('slow') } as const satisfies Record<Lane, unknown>;
const durations = { succeeded: duration.labels('succeeded'), failed: duration.labels('failed'), cancelled: duration.labels('cancelled') } as const;

// What has not happened yet is 0: a rate needs something to begin with.
for (const lane of ['normal', 'slow']) delay.zero({ lane });
for (const state of Object.keys(durations)) duration.zero({ state });
cancelled.inc({ reason: 'endpoint-disabled' satisfies CancelReason }, 0);

/** An attempt was made, by a lane. Of retries by hand nobody says how long they took: they come days after the event. */
export function attemptMade({ attempt: byHand }: DeliveryRequest, lane: Lane, { deliveryId, attempt, startedAt }: Attempt): void {
  if (attempt === 1 && byHand === undefined) delays[lane].observe(secondsSince(deliveryId, Date.parse(startedAt)));
}

/**
 * An attempt is on record: `recorded` is what stands there under its number. It has ended its delivery unless another one is due; and
 * whoever made it, and not this worker, has told so if it is another's.
 */
export function attemptRecorded({ attempt: byHand }: DeliveryRequest, made: Attempt, recorded: Attempt): void {
  const isOwn = recorded.startedAt === made.startedAt;
  if (!isOwn || byHand !== undefined || recorded.nextAttemptAt !== null) return;
  durations[recorded.outcome === 'Success' ? 'succeeded' : 'failed'].observe(secondsSince(recorded.deliveryId, Date.now()));
}

/** A delivery was given up. */
export function deliveryCancelled({ deliveryId, attempt: byHand }: DeliveryRequest, reason: CancelReason): void {
  cancelled.inc({ reason });
  if (byHand === undefined) durations.cancelled.observe(secondsSince(deliveryId, Date.now()));
}

/** How long after the acceptance of its event a moment is, in seconds. This clock and the server's may differ, but nothing is ever early. */
export function secondsSince(deliveryId: string, now: number): number {
  return Math.max(0, now - timeOfId(deliveryId)) / 1_000;
}
