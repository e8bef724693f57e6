import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '@cepro/contracts';
import {
  countedSince, evolveHealth, healthState, mostFailed, mostGone, noHealthFacts, noHealthHistory, type HealthFacts, type HealthHistory, type HealthSignal,
} from './health.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 10, 0, second));
const mark = (second: number, deliveryId: string) => ({ deliveryId, at: at(second).toISOString() });

/** An attempt; of a delivery of its own, if none is named. */
const signal = (second: number, outcome: Outcome, { delivery = `dlv_${second}`, gone = false } = {}): HealthSignal => ({
  endpointId: 'wh_1', deliveryId: delivery, at: at(second), outcome, gone,
});
const gone = (second: number, delivery = `dlv_${second}`, outcome: Outcome = 'Retrying') => signal(second, outcome, { delivery, gone: true });

const given = (...signals: HealthSignal[]) => ({
  then: (expected: Partial<HealthHistory>) => expect(signals.reduce(evolveHealth, noHealthHistory)).toMatchObject(expected),
});

describe('healthState', () => {
  const facts = (known: Partial<HealthFacts>): HealthFacts => ({ ...noHealthFacts, ...known });
  it.each([
    ['disabled', false, noHealthFacts], ['disabled', false, facts({ failingSince: at(1) })], ['disabled', false, undefined],
    ['unknown', true, undefined],
    ['unused', true, noHealthFacts],
    ['healthy', true, facts({ lastSuccessAt: at(2) })], ['healthy', true, facts({ lastSuccessAt: at(2), lastFailureAt: at(1) })],
    ['failing', true, facts({ lastFailureAt: at(1), failingSince: at(1) })], ['failing', true, facts({ lastSuccessAt: at(1), lastFailureAt: at(2), failingSince: at(2) })],
  ] as const)('is %s (active: %s)', (state, active, known) => expect(healthState(active, known)).toBe(state));
});

describe('what attempts tell of an endpoint', () => {
  it('is nothing for nothing', () => given().then(noHealthHistory));

  it('is when failing began, until a success', () => {
    given(signal(1, 'Retrying', { delivery: 'a' }), signal(2, 'Failed', { delivery: 'a' })).then({
      lastSuccessAt: null, lastFailureAt: at(2), failingSince: at(1), failedDeliveries: 1, failed: [mark(2, 'a')],
    });
    given(signal(1, 'Retrying'), signal(2, 'Success')).then({ lastSuccessAt: at(2), lastFailureAt: at(1), failingSince: null, failedDeliveries: 0, failed: [] });
    given(signal(1, 'Failed'), signal(2, 'Success'), signal(3, 'Failed'), signal(4, 'Failed')).then({
      lastSuccessAt: at(2), lastFailureAt: at(4), failingSince: at(3), failedDeliveries: 2, failed: [mark(3, 'dlv_3'), mark(4, 'dlv_4')],
    });
  });

  it('is the latest times, whatever the order of the messages', () => {
    given(signal(5, 'Success'), signal(3, 'Success')).then({ lastSuccessAt: at(5) });
    given(signal(5, 'Failed'), signal(3, 'Failed')).then({ lastFailureAt: at(5), failingSince: at(5) });
  });

  it('counts a delivery once that fails again when an admin sends it again', () => {
    given(signal(1, 'Failed', { delivery: 'a' }), signal(2, 'Failed', { delivery: 'b' }), signal(3, 'Failed', { delivery: 'a' })).then({
      failedDeliveries: 2, failed: [mark(2, 'b'), mark(3, 'a')],
    });
  });

  it('counts on beyond the deliveries that it remembers', () => {
    const many = Array.from({ length: mostFailed + 5 }, (_, n) => signal(n, 'Failed'));
    given(...many).then({ failedDeliveries: mostFailed + 5 });
    expect(many.reduce(evolveHealth, noHealthHistory).failed.map(({ deliveryId }) => deliveryId)).toEqual(many.slice(5).map(({ deliveryId }) => deliveryId));
  });
});

describe('the deliveries in a row that were answered 410', () => {
  it('are counted once each, however often they were tried', () => given(gone(1, 'a'), gone(2, 'a'), gone(3, 'b'), gone(4, 'a')).then({ gone: [mark(3, 'b'), mark(4, 'a')] }));
  it('are ended by a success', () => given(gone(1), gone(2), signal(3, 'Success'), gone(4, 'd')).then({ gone: [mark(4, 'd')] }));
  it('are ended by another failure', () => given(gone(1), gone(2), signal(3, 'Retrying')).then({ gone: [] }));
  it('are ended by another failure of the same delivery', () => given(gone(1, 'a'), signal(2, 'Failed', { delivery: 'a' })).then({ gone: [] }));
  it('fail for good like any other', () => given(gone(1, 'a'), gone(2, 'a', 'Failed')).then({ failedDeliveries: 1, failed: [mark(2, 'a')], gone: [mark(2, 'a')] }));
  it('are remembered up to a limit, the last ones', () => {
    const many = Array.from({ length: mostGone + 1 }, (_, n) => gone(n));
    expect(many.reduce(evolveHealth, noHealthHistory).gone).toEqual(many.slice(1).map(({ deliveryId }, n) => mark(n + 1, deliveryId)));
  });
});

describe('countedSince', () => {
  it('leaves out what was attempted up to then', () => expect(countedSince([mark(1, 'a'), mark(2, 'b'), mark(3, 'c')], at(2))).toEqual([mark(3, 'c')]));
});
