import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, eventIdOf, isAccountId, isId, newEndpointId, newTestDeliveryId, timeOfId, type IdPrefix } from './ids.ts';

const now = Date.parse('2026-03-08T14:30:00.123Z');

describe('ids', () => {
  it.each<[IdPrefix, (at: number) => string]>([
    ['wh', newEndpointId], ['dlv', newTestDeliveryId], ['evt', (at) => eventIdOf(7, at)], ['dlv', (at) => deliveryIdOf(eventIdOf(7, at), newEndpointId(at))],
  ])('%s_ are UUIDv7 with the time they were made at', (prefix, make) => {
    const id = make(now);
    expect(id).toMatch(new RegExp(`^${prefix}_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`));
    expect(isId(prefix, id)).toBe(true);
    expect(timeOfId(id)).toBe(now);
    for (const at of [0, 1, 2 ** 32, 2 ** 48 - 1]) expect(timeOfId(make(at))).toBe(at);
  });

  it.each([newEndpointId, newTestDeliveryId])('sort by time', (make) => {
    const ids = Array.from({ length: 1_000 }, (_, n) => make(now + n * 7));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('are never the same', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newEndpointId(now))).size).toBe(10_000);
  });

  it('are made now where no time is given', () => {
    const before = Date.now();
    for (const id of [newEndpointId(), newTestDeliveryId()]) {
      expect(timeOfId(id)).toBeGreaterThanOrEqual(before);
      expect(timeOfId(id)).toBeLessThanOrEqual(Date.now());
    }
  });

  it.each([
    '', 'wh_', 'wh_0195e3d1-8e12-4abc-9e55-0123456789ab', 'wh_0195e3d1-8e12-7abc-7e55-0123456789ab', 'wh_0195E3D1-8E12-7ABC-9E55-0123456789AB',
    'wh_0195e3d18e127abc9e550123456789ab', ' wh_0195e3d1-8e12-7abc-9e55-0123456789ab', 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab\n',
    'dlv_0195e3d1-8e12-7abc-9e55-0123456789ab', 'wh_*', null, undefined, 7, ['wh_0195e3d1-8e12-7abc-9e55-0123456789ab'],
  ])('of endpoints are not %j', (other) => expect(isId('wh', other)).toBe(false));
});

describe('the id of an event', () => {
  it('is a function of where and when it was stored', () => {
    expect(eventIdOf(42, now)).toBe('evt_019ccdda-e2bb-7e1f-8e39-c0587f87e8e9');
    expect(eventIdOf(42, now)).not.toBe(eventIdOf(43, now));
    expect(eventIdOf(42, now)).not.toBe(eventIdOf(42, now + 1));
  });
});

describe('the id of a delivery', () => {
  const event = eventIdOf(42, now);
  const endpoint = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';

  it('is a function of event and endpoint', () => {
    // What a worker has under way was named by yesterday's function: it may never change.
    expect(deliveryIdOf(event, endpoint)).toBe('dlv_019ccdda-e2bb-7bf4-b033-e3d15c35b3ee');
    expect(deliveryIdOf(event, endpoint)).not.toBe(deliveryIdOf(event, 'wh_0195e3d1-8e12-7abc-9e55-0123456789ac'));
    expect(deliveryIdOf(event, endpoint)).not.toBe(deliveryIdOf(eventIdOf(43, now), endpoint));
  });

  it('differs for every pair', () => {
    const endpoints = Array.from({ length: 100 }, () => newEndpointId(now));
    const ids = Array.from({ length: 100 }, (_, sequence) => endpoints.map((each) => deliveryIdOf(eventIdOf(sequence, now), each))).flat();
    expect(new Set(ids).size).toBe(10_000);
  });
});

describe('an account id', () => {
  it.each(['a', 'acct_42', 'A-b_9', '-', '_', '0', 'a'.repeat(64), '550e8400-e29b-41d4-a716-446655440000'])('may be %s', (id) => expect(isAccountId(id)).toBe(true));

  it.each(['', 'a'.repeat(65), 'a.b', 'a b', '*', '>', 'a>', 'ä', 'a\n', '\na', 'a\u0000', 7, null, undefined, ['a'], { toString: () => 'a' }])(
    'may not be %j', (id) => expect(isAccountId(id)).toBe(false),
  );
});
