import { describe, expect, it } from '@jest/globals';
import type { SystemDisabledReason } from '@cepro/contracts';
import { evolveHealth, noHealthHistory, type HealthSignal } from '../read-model/health.ts';
import { reasonToDisable, type DisablePolicy } from './disable-policy.ts';

const day = 24 * 60 * 60 * 1_000;
const now = Date.parse('2026-03-08T14:30:00Z');
const policy: DisablePolicy = { afterMs: 3 * day, minFailedDeliveries: 3, goneDeliveries: 3 };
const ago = (days: number) => new Date(now - days * day);

type Answer = 'success' | 'error' | 'gone';

/** A delivery's attempts: what each was answered, and when. The last one is its end, unless another is due. */
function delivery(id: string, daysAgo: number, answers: readonly Answer[], { retrying = false } = {}): HealthSignal[] {
  return answers.map((answer, index) => ({
    endpointId: 'wh_1', deliveryId: id, at: new Date(ago(daysAgo).getTime() + index), gone: answer === 'gone',
    outcome: answer === 'success' ? 'Success' : retrying || index < answers.length - 1 ? 'Retrying' : 'Failed',
  }));
}
const failed = (id: string, daysAgo: number) => delivery(id, daysAgo, ['error', 'error']);
const succeeded = (id: string, daysAgo: number) => delivery(id, daysAgo, ['success']);
/** Answered 410, and to be tried again. */
const gone = (id: string, daysAgo = 0.1) => delivery(id, daysAgo, ['gone'], { retrying: true });

function given(...deliveries: HealthSignal[][]) {
  const health = deliveries.flat().reduce(evolveHealth, noHealthHistory);
  const reason = (daysAgo: number, limits: Partial<DisablePolicy> = {}) => reasonToDisable(ago(daysAgo), health, { ...policy, ...limits }, now);
  return {
    whenChanged: (daysAgo: number) => ({
      with: (limits: Partial<DisablePolicy>) => ({ then: (expected: SystemDisabledReason | undefined) => expect(reason(daysAgo, limits)).toBe(expected) }),
      then: (expected: SystemDisabledReason | undefined) => expect(reason(daysAgo)).toBe(expected),
    }),
  };
}

describe('an endpoint that is failing', () => {
  const three = [failed('a', 3), failed('b', 2), failed('c', 1)];
  it('is switched off after the time, with enough failed deliveries', () => given(...three).whenChanged(30).then('failing'));
  it('is not, a moment before', () => given(...three).whenChanged(30).with({ afterMs: 3 * day + 1 }).then(undefined));
  it('is not, with a delivery too few', () => given(...three.slice(1), failed('d', 4).slice(0, 1)).whenChanged(30).then(undefined));
  it('is not, with one delivery that failed three times because an admin sent it again', () => given(failed('a', 3), failed('a', 2), failed('a', 1)).whenChanged(30).then(undefined));
  it('is not, if there was a success', () => given(failed('a', 5), failed('b', 4), succeeded('c', 3.5), failed('d', 3)).whenChanged(30).then(undefined));
  it('has as long again after a change by its admin', () => given(failed('z', 30), failed('a', 2.8), failed('b', 2), failed('c', 1)).whenChanged(2.9).then(undefined));
  it('has as many deliveries again after a change by its admin', () => given(failed('x', 9), failed('y', 8), failed('z', 7), failed('a', 1)).whenChanged(5).then(undefined));
  it('and goes on failing after the change is switched off again', () => given(failed('z', 9), ...three).whenChanged(3.1).then('failing'));
});

describe('an endpoint that answers 410', () => {
  it('is switched off after three deliveries in a row, at once', () => given(gone('a'), gone('b'), gone('c')).whenChanged(30).then('gone'));
  it('is not after two', () => given(gone('a'), gone('b')).whenChanged(30).then(undefined));
  it('is not after three attempts of one delivery', () => given(gone('a'), gone('a'), gone('a')).whenChanged(30).then(undefined));
  it('is not, if another failure came between', () => given(gone('a'), gone('b'), delivery('x', 0.1, ['error'], { retrying: true }), gone('c')).whenChanged(30).then(undefined));
  it('is not, if a success came between', () => given(gone('a'), gone('b'), succeeded('x', 0.1), gone('c')).whenChanged(30).then(undefined));
  it('is not, if one of the three was answered otherwise on its retry', () => {
    given(gone('a'), gone('b'), gone('c'), delivery('c', 0.1, ['error'], { retrying: true })).whenChanged(30).then(undefined);
  });
  it('is, however many attempts of the three there were', () => given(gone('a'), gone('a'), gone('b'), gone('a'), gone('c'), gone('b')).whenChanged(30).then('gone'));
  it('is, if the three came after something else', () => given(failed('x', 1), gone('a'), gone('b'), gone('c')).whenChanged(30).then('gone'));
  it('starts afresh with what its admin changes', () => {
    given(gone('a', 3), gone('b', 2), gone('c', 1)).whenChanged(2.5).then(undefined);
    given(gone('a', 3), gone('b', 2), gone('c', 1), gone('d', 0.5)).whenChanged(2.5).then('gone');
  });
  it('counts a delivery of before the change if it is answered so again', () => given(gone('a', 3), gone('b', 2), gone('c', 1), gone('a', 0.5)).whenChanged(2.5).then('gone'));
  it('is as many times as it is set to', () => {
    given(gone('a')).whenChanged(30).with({ goneDeliveries: 1 }).then('gone');
    given(gone('a'), gone('b'), gone('c')).whenChanged(30).with({ goneDeliveries: 4 }).then(undefined);
  });
  it('is never, if it is set to 0', () => given(gone('a'), gone('b'), gone('c')).whenChanged(30).with({ goneDeliveries: 0 }).then(undefined));
  it('says so, even if it has failed for long as well', () => {
    given(...['a', 'b', 'c'].map((id, n) => delivery(id, 4 - n, ['gone', 'gone']))).whenChanged(30).then('gone');
    given(...['a', 'b', 'c'].map((id, n) => delivery(id, 4 - n, ['gone', 'gone']))).whenChanged(30).with({ goneDeliveries: 0 }).then('failing');
  });
});

it('an endpoint of which nothing is known is left alone', () => given().whenChanged(30).then(undefined));
