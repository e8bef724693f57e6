import { describe, expect, it } from '@jest/globals';
import { isLate, paceOf } from './event-pace.ts';

const receivedAt = '2026-11-24T10:00:00.000Z';
const now = Date.parse(receivedAt);
const hourMs = 3_600_000;
const sent = (deliveryStatus: 'pending' | 'succeeded' | 'failed' | 'cancelled' | null) => ({ verdict: 'scheduled', deliveryStatus }) as const;
const notSent = { verdict: 'not-subscribed', deliveryStatus: null } as const;

describe('an event', () => {
  it('that waits is looked at closely for an hour, and is late from then on', () => {
    const waiting = { status: 'waiting', receivedAt, endpoints: [] } as const;
    expect([now, now + hourMs, now + hourMs + 1].map((at) => [paceOf(waiting, at), isLate(waiting, at)])).toEqual([['moving', false], ['moving', false], ['settled', true]]);
  });

  it('is looked at by how far its deliveries are', () => {
    const pace = (...endpoints: (ReturnType<typeof sent> | typeof notSent)[]) => paceOf({ status: 'routed', receivedAt, endpoints }, now + 5 * hourMs);
    expect(pace(sent('succeeded'), sent('pending'), sent(null))).toBe('moving');
    expect(pace(sent('succeeded'), sent(null))).toBe('unsure');
    expect(pace(sent('succeeded'), sent('failed'), sent('cancelled'), notSent)).toBe('settled');
    expect(pace()).toBe('settled');
  });

  it('that could not be used is settled, and never late', () => {
    const unusable = { status: 'unusable', receivedAt, endpoints: [] } as const;
    expect([paceOf(unusable, now), isLate(unusable, now + 5 * hourMs)]).toEqual(['settled', false]);
  });
});
