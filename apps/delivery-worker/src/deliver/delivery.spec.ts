import { describe, expect, it } from '@jest/globals';
import { isSuccess, nextStep, outcomeOf, untried, type Answer, type History } from './delivery.ts';

const now = 1_000_000;
const longestMs = 300_000;
const hourMs = 3_600_000;
const scheduledAt = (configVersion: number) => ({ configVersion });
const anEndpoint = (fields: { active?: boolean; lastDisabledVersion?: number } = {}) => ({ active: true, lastDisabledVersion: 0, ...fields });
const waiting = (attempts: number, dueAt: number): History => ({ attempts, dueAt, ended: false });

describe('nextStep', () => {
  it('sends attempt 1 of an untried delivery', () => {
    expect(nextStep(scheduledAt(5), untried, anEndpoint(), now, longestMs)).toEqual({ kind: 'send', attempt: 1 });
  });

  it('sends the next attempt once it is due', () => {
    expect(nextStep(scheduledAt(5), waiting(2, now), anEndpoint(), now, longestMs)).toEqual({ kind: 'send', attempt: 3 });
  });

  it('waits out the time of a delivery that came back early', () => {
    expect(nextStep(scheduledAt(5), waiting(1, now + 1), anEndpoint(), now, longestMs)).toEqual({ kind: 'wait', untilMs: now + 1 });
  });

  it('waits no longer than it was to wait in all, though another clock says that it is due in an hour', () => {
    expect(nextStep(scheduledAt(5), { ...waiting(1, now + hourMs), waitMs: 10_000 }, anEndpoint(), now, longestMs)).toEqual({ kind: 'wait', untilMs: now + 10_000 });
    expect(nextStep(scheduledAt(5), waiting(1, now + hourMs), anEndpoint(), now, longestMs)).toEqual({ kind: 'wait', untilMs: now + longestMs });
  });

  it('is done with what has ended, and with a deleted endpoint', () => {
    expect(nextStep(scheduledAt(5), { attempts: 4, dueAt: undefined, ended: true }, anEndpoint(), now, longestMs)).toEqual({ kind: 'done' });
    expect(nextStep(scheduledAt(5), waiting(1, now), undefined, now, longestMs)).toEqual({ kind: 'done' });
  });

  it('cancels when the endpoint is off', () => {
    expect(nextStep(scheduledAt(5), untried, anEndpoint({ active: false, lastDisabledVersion: 7 }), now, longestMs)).toEqual({ kind: 'cancel', reason: 'endpoint-disabled' });
  });

  it('cancels at once, without waiting for the due time', () => {
    expect(nextStep(scheduledAt(5), waiting(1, now + 60_000), anEndpoint({ active: false }), now, longestMs).kind).toBe('cancel');
  });

  it('cancels what was scheduled before the endpoint was switched off, though it is on again', () => {
    expect(nextStep(scheduledAt(5), waiting(1, now), anEndpoint({ lastDisabledVersion: 6 }), now, longestMs).kind).toBe('cancel');
    expect(nextStep(scheduledAt(6), waiting(1, now), anEndpoint({ lastDisabledVersion: 6 }), now, longestMs).kind).toBe('send');
  });

  it('does not cancel what has ended', () => {
    expect(nextStep(scheduledAt(5), { attempts: 1, dueAt: undefined, ended: true }, anEndpoint({ active: false }), now, longestMs).kind).toBe('done');
  });
});

const answered = (statusCode: number): Answer => ({ statusCode, error: null });

describe('isSuccess', () => {
  it.each([200, 201, 204, 299])('%i is', (status) => expect(isSuccess(answered(status))).toBe(true));
  it.each([100, 199, 300, 301, 304, 307, 400, 404, 410, 429, 500, 503])('%i is not', (status) => expect(isSuccess(answered(status))).toBe(false));
  it('an answer that did not end in time is not, whatever its status', () => {
    expect(isSuccess({ statusCode: 200, error: 'timeout' })).toBe(false);
    expect(isSuccess({ statusCode: null, error: 'connection-refused' })).toBe(false);
  });
});

describe('outcomeOf', () => {
  const schedule = { delaysMs: [10_000, 60_000, 300_000], jitterPercent: 0 };
  it.each([[1, 10_000], [2, 60_000], [3, 300_000]])('a failed attempt %i is retried %i ms after its end', (attempt, delay) => {
    expect(outcomeOf(answered(500), attempt, schedule, now, 0.5)).toEqual({ outcome: 'Retrying', nextAttemptAt: now + delay });
  });
  it('a failed attempt 4 is the last', () => {
    expect(outcomeOf(answered(500), 4, schedule, now, 0.5)).toEqual({ outcome: 'Failed', nextAttemptAt: undefined });
  });
  it('a success has no next attempt', () => {
    expect(outcomeOf(answered(200), 2, schedule, now, 0.5)).toEqual({ outcome: 'Success', nextAttemptAt: undefined });
  });
  it('without a schedule there is one attempt', () => {
    expect(outcomeOf(answered(500), 5, undefined, now, 0.5)).toEqual({ outcome: 'Failed', nextAttemptAt: undefined });
  });
});
