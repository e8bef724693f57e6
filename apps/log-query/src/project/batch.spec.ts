import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, timeOfId, type Attempt, type Outcome } from '@cepro/contracts';
import { foldBatch } from './batch.ts';
import type { Fact } from './fact.ts';

const endpointId = 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f';
const eventId = 'evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10';
const deliveryId = deliveryIdOf(eventId, endpointId);
const request = { accountId: 'acct_1', eventId, eventType: 'invoice.paid', configVersion: 7, payload: '{"a":1}' } as const;
const scheduled: Fact = { deliveryId, endpointId, storedAt: 1, what: 'scheduled', request };
const attempted = (attempt: number, outcome: Outcome): Fact => ({
  deliveryId, endpointId, storedAt: attempt + 1, what: 'attempted', attempt: { deliveryId, attempt, outcome, nextAttemptAt: null } as Attempt,
});

describe('a batch', () => {
  it('writes a delivery once, in its last state, and every attempt', () => {
    const { created, changed, attempts } = foldBatch(new Map(), [scheduled, attempted(1, 'Retrying'), attempted(2, 'Success')]);
    expect(created).toEqual([{
      deliveryId, endpointId, createdAt: timeOfId(eventId), updatedAt: 3, accountId: 'acct_1', eventId, eventType: 'invoice.paid', test: false,
      payload: '{"a":1}', state: { status: 'succeeded', attempts: 2, nextAttemptAt: null, cancelReason: null, configVersion: 7 },
    }]);
    expect(changed).toEqual([]);
    expect(attempts.map(({ attempt }) => attempt.attempt)).toEqual([1, 2]);
  });

  it('changes what was known before, and leaves alone what stays as it is', () => {
    const known = new Map([[deliveryId, { status: 'pending', attempts: 1, nextAttemptAt: null, cancelReason: null, configVersion: 7 } as const]]);
    expect(foldBatch(known, [attempted(2, 'Failed')])).toMatchObject({ created: [], changed: [{ deliveryId, updatedAt: 3, state: { status: 'failed' } }] });
    expect(foldBatch(known, [scheduled, attempted(1, 'Failed')])).toMatchObject({ created: [], changed: [] });
  });

  it('keeps the attempts of a delivery that it knows nothing else of', () => {
    expect(foldBatch(new Map(), [attempted(3, 'Failed')])).toMatchObject({ created: [], changed: [], attempts: [{ test: false }] });
  });
});
