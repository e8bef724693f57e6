import { describe, expect, it } from '@jest/globals';
import { decideRetry, type Retryable } from './retry.ts';

const failed: Retryable = { status: 'failed', test: false, attempts: 4, endpointActive: true };

describe('a manual retry', () => {
  it.each<[Partial<Retryable>, ReturnType<typeof decideRetry>]>([
    [{}, { ok: true, value: { attempt: 5 } }],
    [{ status: 'cancelled', attempts: 0 }, { ok: true, value: { attempt: 1 } }],
    [{ status: 'pending' }, { ok: false, reason: 'delivery-not-failed' }],
    [{ status: 'succeeded' }, { ok: false, reason: 'delivery-not-failed' }],
    [{ test: true }, { ok: false, reason: 'delivery-not-failed' }],
    [{ endpointActive: false }, { ok: false, reason: 'endpoint-disabled' }],
    [{ status: 'succeeded', endpointActive: false }, { ok: false, reason: 'delivery-not-failed' }],
  ])('given %j decides %j', (given, expected) => {
    expect(decideRetry({ ...failed, ...given })).toEqual(expected);
  });
});
