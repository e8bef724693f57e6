import { describe, expect, it } from '@jest/globals';
import { deliveryIdOf, eventIdOf } from '@cepro/contracts';
import { audit, findingTitles, isSettled, type Finding } from './audit.ts';
import { nameOf, type Evidence, type LoggedAttempt, type RecordedAttempt } from './evidence.ts';

const time = Date.parse('2026-03-08T14:30:00Z');
const endpoints = [
  { id: 'wh_0195e3d1-8e12-7abc-9e55-000000000001', accountId: 'acct_1', events: ['invoice.paid'] },
  { id: 'wh_0195e3d1-8e12-7abc-9e55-000000000002', accountId: 'acct_1', events: ['invoice.paid', 'job.completed'] },
  { id: 'wh_0195e3d1-8e12-7abc-9e55-000000000003', accountId: 'acct_2', events: ['invoice.paid'] },
];
const events = [
  { msgId: 'drill:1', sequence: 1, eventId: eventIdOf(1, time), accountId: 'acct_1', eventType: 'invoice.paid' },
  { msgId: 'drill:2', sequence: 2, eventId: eventIdOf(2, time), accountId: 'acct_1', eventType: 'job.completed' },
];
const accepted = deliveryIdOf(events[0]!.eventId, endpoints[0]!.id);
const retried = deliveryIdOf(events[0]!.eventId, endpoints[1]!.id);
const refused = deliveryIdOf(events[1]!.eventId, endpoints[1]!.id);

const attempt = (deliveryId: string, number: number, statusCode: number | null, nextAttemptAt: number | null): RecordedAttempt => ({
  deliveryId, attempt: number, statusCode, nextAttemptAt, error: statusCode === null ? 'timeout' : null,
  outcome: statusCode === 200 ? 'Success' : nextAttemptAt === null ? 'Failed' : 'Retrying',
  startedAt: time + number * 1_000, storedAt: time + number * 1_000 + 100,
});
const attempts = [
  attempt(accepted, 1, 200, null), attempt(retried, 1, 500, time + 2_000), attempt(retried, 2, 200, null),
  attempt(refused, 1, null, time + 2_000), attempt(refused, 2, 500, null),
];
const rowOf = ({ storedAt: _, ...row }: RecordedAttempt): LoggedAttempt => row;
const requestOf = ({ deliveryId, attempt: number, statusCode, startedAt }: RecordedAttempt) =>
  ({ deliveryId, attempt: number, status: statusCode ?? 500, receivedAt: startedAt + 10, port: number });

/** A run in which nothing went wrong: one delivery was accepted, one after a failure, one never. */
const clean: Evidence = {
  published: events.map(({ msgId, sequence }) => ({ msgId, sequence })),
  events,
  endpoints,
  scheduled: [accepted, retried, refused],
  attempts,
  cancelled: [],
  requests: attempts.map(requestOf),
  logDeliveries: [
    { deliveryId: accepted, status: 'succeeded', attempts: 1 }, { deliveryId: retried, status: 'succeeded', attempts: 2 }, { deliveryId: refused, status: 'failed', attempts: 2 },
  ],
  logAttempts: attempts.map(rowOf),
  cuts: [],
  ackWaitMs: 5_000,
};

/** What is found, without the kinds of which there is nothing. */
function found(change: Partial<Evidence>): Partial<Record<Finding, readonly string[]>> {
  return Object.fromEntries(Object.entries(audit({ ...clean, ...change }).findings).filter(([, names]) => names.length > 0));
}

const others = (deliveryId: string) => attempts.filter((each) => each.deliveryId !== deliveryId);
const stranger = deliveryIdOf(events[0]!.eventId, endpoints[2]!.id);

describe('the audit of a run', () => {
  it('finds nothing where nothing went wrong, and says how much there was', () => {
    const result = audit(clean);
    expect(found({})).toEqual({});
    expect(isSettled(result)).toBe(true);
    expect(result.counts).toEqual({ published: 2, deliveries: 3, succeeded: 2, failed: 1, attempts: 5, requests: 5, unanswered: 1 });
    expect(Object.keys(result.findings)).toEqual(Object.keys(findingTitles));
  });

  it.each<[string, Partial<Evidence>, Partial<Record<Finding, readonly string[]>>]>([
    ['an event that was acknowledged and is gone', { published: [...clean.published, { msgId: 'drill:3', sequence: 3 }] }, { eventsLost: ['drill:3'] }],
    ['an event in whose place there is another one', { published: [{ msgId: 'drill:0', sequence: 1 }] }, { eventsLost: ['drill:0'] }],
    ['an event that is stored twice', { endpoints: [], scheduled: [], attempts: [], requests: [], logDeliveries: [], logAttempts: [], events: [...events, { ...events[0]!, sequence: 3 }] }, { eventsDoubled: ['drill:1'] }],
    ['an event without one of its deliveries', {
      scheduled: [accepted, retried], attempts: others(refused), requests: others(refused).map(requestOf), logAttempts: others(refused).map(rowOf), logDeliveries: clean.logDeliveries.slice(0, 2),
    }, { lost: [refused] }],
    ['a delivery that has not ended', {
      attempts: attempts.slice(0, -1), requests: clean.requests.slice(0, -1), logAttempts: clean.logAttempts.slice(0, -1),
      logDeliveries: [...clean.logDeliveries.slice(0, -1), { deliveryId: refused, status: 'pending', attempts: 1 }],
    }, { unfinished: [refused] }],
    ['a delivery that was cancelled', { cancelled: [accepted] }, { cancelled: [accepted] }],
    ['a delivery that was scheduled twice', { scheduled: [...clean.scheduled, retried] }, { scheduledTwice: [retried] }],
    ['a delivery without an event', {
      scheduled: [...clean.scheduled, stranger], attempts: [...attempts, attempt(stranger, 1, 200, null)], requests: [...clean.requests, requestOf(attempt(stranger, 1, 200, null))],
      logDeliveries: [...clean.logDeliveries, { deliveryId: stranger, status: 'succeeded', attempts: 1 }], logAttempts: [...clean.logAttempts, rowOf(attempt(stranger, 1, 200, null))],
    }, { strangers: [stranger] }],
    ['an attempt that came twice for no reason', { requests: [...clean.requests, { ...clean.requests[0]!, receivedAt: time + 9_000 }] }, { doubled: [`${accepted}:1`] }],
    ['an attempt number that is missing', {
      attempts: attempts.filter((each) => each !== attempts[1]), requests: clean.requests.filter((each) => each !== clean.requests[1]), logAttempts: clean.logAttempts.filter((each) => each !== clean.logAttempts[1]),
    }, { misnumbered: [retried] }],
    ['an attempt number that is there twice', { attempts: [...attempts, attempts[0]!] }, { misnumbered: [accepted] }],
    ['an attempt after the last one', {
      attempts: [...attempts, attempt(accepted, 2, 200, null)], requests: [...clean.requests, requestOf(attempt(accepted, 2, 200, null))], logAttempts: [...clean.logAttempts, rowOf(attempt(accepted, 2, 200, null))],
      logDeliveries: [{ deliveryId: accepted, status: 'succeeded', attempts: 2 }, ...clean.logDeliveries.slice(1)],
    }, { misnumbered: [accepted] }],
    ['an attempt on record that no receiver saw', { requests: clean.requests.slice(1) }, { neverArrived: [`${accepted}:1`] }],
    ['an attempt on record with another answer than the receiver\'s', { requests: [{ ...clean.requests[0]!, status: 500 }, ...clean.requests.slice(1)] }, { neverArrived: [`${accepted}:1`] }],
    ['a request that is not on record', { requests: [...clean.requests, { ...clean.requests[0]!, attempt: 2 }] }, { unrecorded: [`${accepted}:2`] }],
    ['a delivery that the log does not have', { logDeliveries: clean.logDeliveries.slice(1) }, { logMissing: [accepted] }],
    ['an attempt that the log does not have', { logAttempts: clean.logAttempts.slice(1) }, { logMissing: [`${accepted}:1`] }],
    ['a delivery that the log has twice', { logDeliveries: [...clean.logDeliveries, clean.logDeliveries[0]!] }, { logDoubled: [accepted] }],
    ['an attempt that the log has twice', { logAttempts: [...clean.logAttempts, clean.logAttempts[4]!] }, { logDoubled: [`${refused}:2`] }],
    ['a delivery whose state in the log is wrong', { logDeliveries: [{ ...clean.logDeliveries[0]!, attempts: 2 }, ...clean.logDeliveries.slice(1)] }, { logDiffers: [accepted] }],
    ['an attempt whose row in the log is wrong', { logAttempts: [{ ...clean.logAttempts[0]!, statusCode: 201 }, ...clean.logAttempts.slice(1)] }, { logDiffers: [`${accepted}:1`] }],
    ['a row in the log of what is not on record', { logAttempts: [...clean.logAttempts, { ...clean.logAttempts[0]!, attempt: 2 }] }, { logDiffers: [`${accepted}:2`] }],
  ])('finds %s', (_, change, findings) => {
    expect(found(change)).toEqual(findings);
  });

  it('does not count an attempt that was explained, and says why it came twice', () => {
    const [first, ...rest] = clean.requests;
    const requests = [first!, { ...first!, receivedAt: time + 9_000, port: 9 }, ...rest];
    const cuts = [{ what: 'killed', at: first!.receivedAt + 20, until: time + 2_000, ports: [first!.port] }] as const;
    const late = attempts.map((each) => (nameOf(each) === nameOf(first!) ? { ...each, storedAt: time + 9_100 } : each));
    const result = audit({ ...clean, requests, cuts, attempts: late });
    expect(result.findings).toEqual(audit(clean).findings);
    expect(result.explained).toEqual({ killed: [`${accepted}:1`], stopped: [], 'cut off': [], forgotten: [], 'given twice': [] });
  });

  it('is not settled while something may still come', () => {
    expect(isSettled(audit({ ...clean, logAttempts: [] }))).toBe(false);
    expect(isSettled(audit({ ...clean, scheduled: [...clean.scheduled, retried] }))).toBe(true);
  });
});
