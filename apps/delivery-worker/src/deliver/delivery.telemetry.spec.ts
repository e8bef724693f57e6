import { beforeEach, describe, expect, it } from '@jest/globals';
import { newTestDeliveryId, type Attempt, type DeliveryRequest } from '@cepro/contracts';
import { register, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { attemptMade, attemptRecorded, deliveryCancelled, secondsSince } from './delivery.telemetry.ts';

const acceptedAt = Date.UTC(2026, 10, 25, 12);
const deliveryId = newTestDeliveryId(acceptedAt);
const at = (ms: number) => new Date(acceptedAt + ms).toISOString();
const request = { deliveryId, attempt: undefined } as unknown as DeliveryRequest;
const byHand = { deliveryId, attempt: 5 } as DeliveryRequest;
const attempt = (fields: Partial<Attempt> = {}) => ({ deliveryId, attempt: 1, startedAt: at(1_500), outcome: 'Success', nextAttemptAt: null, ...fields }) as Attempt;

/** The figures of a histogram by a label, as they stand. */
async function figuresOf(name: string, label: string): Promise<Record<string, { count: number; sum: number }>> {
  const { values } = (await register.getSingleMetric(name)!.get()) as MetricObjectWithValues<MetricValue<string> & { metricName: string }>;
  const figures: Record<string, { count: number; sum: number }> = {};
  for (const { metricName, labels, value } of values) {
    if (metricName.endsWith('_bucket')) continue;
    const figure = (figures[String(labels[label])] ??= { count: 0, sum: 0 });
    figure[metricName.endsWith('_sum') ? 'sum' : 'count'] = value;
  }
  return figures;
}

const delays = () => figuresOf('webhooks_delivery_delay_seconds', 'lane');
const counts = async () => Object.fromEntries(Object.entries(await figuresOf('webhooks_delivery_duration_seconds', 'state')).map(([state, { count }]) => [state, count]));

describe('how late a delivery is', () => {
  it('is what passed since its event was accepted', () => {
    expect(secondsSince(deliveryId, acceptedAt + 1_500)).toBe(1.5);
  });

  it('is never less than nothing, whatever the clocks say', () => {
    expect(secondsSince(deliveryId, acceptedAt - 60_000)).toBe(0);
  });
});

describe('the figures of deliveries', () => {
  beforeEach(() => register.resetMetrics());

  it('know the delay of the first attempt, by its lane, and of no other', async () => {
    attemptMade(request, 'n', attempt());
    attemptMade(request, 's', attempt({ startedAt: at(3_000) }));
    attemptMade(request, 'n', attempt({ attempt: 2, startedAt: at(60_000) }));
    attemptMade({ ...byHand, attempt: 1 }, 'n', attempt({ startedAt: at(86_400_000) }));
    expect(await delays()).toEqual({ normal: { count: 1, sum: 1.5 }, slow: { count: 1, sum: 3 } });
  });

  it('count each delivery once, by how it ended', async () => {
    attemptRecorded(request, attempt({ outcome: 'Retrying', nextAttemptAt: at(20_000) }), attempt({ outcome: 'Retrying', nextAttemptAt: at(20_000) }));
    attemptRecorded(request, attempt(), attempt());
    attemptRecorded(request, attempt({ outcome: 'Failed' }), attempt({ outcome: 'Failed' }));
    deliveryCancelled(request, 'endpoint-disabled');
    expect(await counts()).toEqual({ succeeded: 1, failed: 1, cancelled: 1 });
  });

  it('leave to another worker what that one has recorded first', async () => {
    attemptRecorded(request, attempt(), attempt({ startedAt: at(1_400) }));
    expect(Object.values(await counts()).every((count) => count === 0)).toBe(true);
  });

  it('have nothing of retries by hand', async () => {
    attemptRecorded(byHand, attempt({ attempt: 5, outcome: 'Failed' }), attempt({ attempt: 5, outcome: 'Failed' }));
    deliveryCancelled(byHand, 'endpoint-disabled');
    expect(Object.values(await counts()).every((count) => count === 0)).toBe(true);
  });
});
