import { describe, expect, it } from '@jest/globals';
import type { Attempt, Outcome } from '@cepro/contracts';
import { evolveDelivery, type DeliveryState } from './delivery.ts';
import type { Fact } from './fact.ts';

const common = { deliveryId: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', endpointId: 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', storedAt: 0 };
const request = { accountId: 'acct_1', eventId: 'evt_1', eventType: 'invoice.paid', configVersion: 7, payload: '{}' } as const;
const due = '2026-11-01T12:00:10.000Z';

const scheduled: Fact = { ...common, what: 'scheduled', request };
const retry = (attempt: number): Fact => ({ ...common, what: 'retry', attempt, request: { ...request, configVersion: 9 } });
const cancelled: Fact = { ...common, what: 'cancelled', reason: 'endpoint-disabled' };
const diverted: Fact = { ...common, what: 'diverted' };
const attempt = (number: number, outcome: Outcome) => ({ attempt: number, outcome, nextAttemptAt: outcome === 'Retrying' ? due : null }) as Attempt;
const attempted = (number: number, outcome: Outcome): Fact => ({ ...common, what: 'attempted', attempt: attempt(number, outcome) });
const tested = (outcome: Outcome): Fact => ({ ...common, what: 'tested', attempt: attempt(1, outcome), payload: '{}' });

const given = (...facts: Fact[]) => facts.reduce<DeliveryState | undefined>(evolveDelivery, undefined);
const failed = [scheduled, attempted(1, 'Retrying'), attempted(2, 'Retrying'), attempted(3, 'Retrying'), attempted(4, 'Failed')];

describe('a delivery', () => {
  it.each<[string, Fact[], Partial<DeliveryState> | undefined]>([
    ['scheduled waits', [scheduled], { status: 'pending', attempts: 0, nextAttemptAt: null, configVersion: 7 }],
    ['that is to be retried waits for its due time', [scheduled, attempted(1, 'Retrying')], { status: 'pending', attempts: 1, nextAttemptAt: due }],
    ['succeeds', [scheduled, attempted(1, 'Retrying'), attempted(2, 'Success')], { status: 'succeeded', attempts: 2, nextAttemptAt: null }],
    ['fails with its last attempt', failed, { status: 'failed', attempts: 4, nextAttemptAt: null }],
    ['is cancelled while it waits', [scheduled, attempted(1, 'Retrying'), cancelled], { status: 'cancelled', attempts: 1, nextAttemptAt: null, cancelReason: 'endpoint-disabled' }],
    ['that has succeeded is not cancelled', [scheduled, attempted(1, 'Success'), cancelled], { status: 'succeeded', cancelReason: null }],
    ['that has failed is not cancelled', [...failed, cancelled], { status: 'failed', cancelReason: null }],
    ['retried by hand waits again', [...failed, retry(5)], { status: 'pending', attempts: 4, configVersion: 9 }],
    ['retried by hand fails again', [...failed, retry(5), attempted(5, 'Failed')], { status: 'failed', attempts: 5 }],
    ['retried by hand succeeds', [...failed, retry(5), attempted(5, 'Success')], { status: 'succeeded', attempts: 5 }],
    ['cancelled and retried by hand waits again', [scheduled, cancelled, retry(1)], { status: 'pending', attempts: 0, cancelReason: null }],
    ['that is only retried is known from then on', [retry(5)], { status: 'pending', attempts: 4 }],
    ['that was cancelled while it succeeded has succeeded', [scheduled, cancelled, attempted(1, 'Success')], { status: 'succeeded', cancelReason: null }],
    ['that was cancelled while it failed waits for nothing', [scheduled, cancelled, attempted(1, 'Retrying')], { status: 'cancelled', attempts: 1, nextAttemptAt: null }],
    ['that has succeeded stays so', [scheduled, attempted(1, 'Success'), attempted(2, 'Failed')], { status: 'succeeded' }],
    ['that has succeeded is not retried', [scheduled, attempted(1, 'Success'), retry(2)], { status: 'succeeded' }],
    ['that is diverted is where it was', [scheduled, attempted(1, 'Retrying'), diverted], { status: 'pending', attempts: 1, nextAttemptAt: due }],
    ['that is only diverted is none', [diverted], undefined],
    ['without a beginning is none', [attempted(2, 'Retrying'), cancelled], undefined],
    ['of a test ends at once', [tested('Success')], { status: 'succeeded', attempts: 1 }],
    ['of a test that was not answered has failed', [tested('Failed')], { status: 'failed', attempts: 1 }],
  ])('%s', (_, facts, expected) => {
    const state = given(...facts);
    if (expected) expect(state).toMatchObject(expected);
    else expect(state).toBeUndefined();
  });

  it('takes a fact that is stored again for what it is', () => {
    const life = [...failed, retry(5), attempted(5, 'Failed')];
    for (let length = 1; length <= life.length; length++) {
      const before = given(...life.slice(0, length));
      for (const again of life.slice(0, length)) expect(evolveDelivery(before, again)).toBe(before);
    }
  });
});
