import { describe, expect, it } from '@jest/globals';
import { admit, evolvePace, initialPace, type AttemptEnd, type Pace, type PaceEvent, type PaceRules } from './pace.ts';

const rules: PaceRules = { initialLimit: 4, maxLimit: 8, quickMs: 1_000, slowShare: 2, failuresToOpen: 3, maxPauseMs: 60_000 };
const now = 1_000_000;

const started = (): PaceEvent => ({ type: 'started' });
const ended = (outcome: AttemptEnd['outcome'], end: Partial<AttemptEnd> = {}): PaceEvent => ({ type: 'ended', at: now, durationMs: 100, outcome, ...end });
const success = (end?: Partial<AttemptEnd>) => ended('success', end);
const failure = (end?: Partial<AttemptEnd>) => ended('failure', end);
const overloaded = (end?: Partial<AttemptEnd>) => ended('overloaded', end);
const times = (count: number, ...events: PaceEvent[]) => Array.from({ length: count }, () => events).flat();
const given = (...events: PaceEvent[]): Pace => events.reduce((pace, event) => evolvePace(pace, event, rules), initialPace(rules));

describe('the limit of an endpoint', () => {
  it('lets so many requests be in flight, and no more', () => {
    expect(admit(given(...times(3, started())), 'n', rules, now)).toBe('go');
    expect(admit(given(...times(4, started())), 'n', rules, now)).toBe('full');
    expect(admit(given(...times(4, started()), { type: 'left' }), 'n', rules, now)).toBe('go');
  });

  it('grows by one with a round of successes, up to the most', () => {
    const round = (size: number) => [...times(size, started()), ...times(size, success())];
    expect(Math.floor(given(...round(4), ...round(4)).limit)).toBe(5);
    expect(given(...times(100, ...round(8))).limit).toBe(8);
  });

  it('does not grow while it is not made use of', () => {
    expect(given(...times(100, started(), success())).limit).toBe(4);
  });

  it('does not grow with answers that are not quick', () => {
    const round = [...times(4, started()), ...times(4, success({ durationMs: 1_001 }))];
    expect(given(...round, ...round).limit).toBe(4);
  });

  it('halves when it is too much, once for all that was in flight, and never below one', () => {
    const crowd = times(4, started());
    expect(given(...crowd, ...times(2, overloaded())).limit).toBe(2);
    expect(given(...crowd, overloaded(), overloaded({ at: now + 100 })).limit).toBe(1);
    expect(given(...crowd, ...times(4, overloaded({ durationMs: 0 }))).limit).toBe(1);
  });

  it('stays with a failure that does not say that it is too much', () => {
    expect(given(started(), failure()).limit).toBe(4);
  });

  it('halves when answers take far longer than usual', () => {
    const usual = times(50, started(), success({ durationMs: 100 }));
    expect(given(...usual, ...times(2, started(), success({ durationMs: 300 }))).limit).toBe(4);
    expect(given(...usual, ...times(10, started(), success({ durationMs: 2_000, at: now + 5_000 }))).limit).toBeLessThan(4);
  });
});

describe('an endpoint whose answers take long', () => {
  const slow = [started(), success({ durationMs: 5_000 })];

  it('gets little in the normal lane, and in the slow one what its limit says', () => {
    expect(admit(given(...slow, started()), 'n', rules, now)).toBe('go');
    const two = given(...slow, started(), started());
    expect([admit(two, 'n', rules, now), admit(two, 's', rules, now)]).toEqual(['slow', 'go']);
  });

  it('counts as quick again when its answers are', () => {
    expect(admit(given(...slow, ...times(10, started(), success()), started(), started()), 'n', rules, now)).toBe('go');
  });
});

describe('an endpoint that leads elsewhere now', () => {
  it('begins afresh, but for what is in flight', () => {
    const before = given(...times(3, started(), failure()), started(), overloaded({ retryAfterMs: 5_000 }), started());
    expect(evolvePace(before, { type: 'replaced' }, rules)).toEqual({ ...initialPace(rules), inFlight: 1 });
  });
});

describe('the circuit of an endpoint', () => {
  const open = times(3, started(), failure());

  it('opens with a run of failures', () => {
    expect(given(...times(2, started(), failure())).openSince).toBeUndefined();
    expect(given(...open).openSince).toBe(now);
    expect(given(...times(2, started(), failure()), started(), success(), ...times(2, started(), failure())).openSince).toBeUndefined();
  });

  it('keeps it out of the normal lane; in the slow lane its limit counts', () => {
    const pace = given(...open);
    expect(admit(pace, 'n', rules, now + 3_600_000)).toBe('open');
    expect(admit(pace, 's', rules, now)).toBe('go');
    expect(admit(given(...open, ...times(4, started())), 's', rules, now)).toBe('full');
  });

  it('closes with the first success, and then little is sent at first', () => {
    const back = given(...open, started(), success());
    expect(back).toMatchObject({ openSince: undefined, failures: 1, limit: 1 });
    expect(given(...open, started(), success(), started(), success()).limit).toBe(2);
  });

  it('opens where few succeed, though no run of failures is long, and not where many do', () => {
    const ten = { ...rules, failuresToOpen: 10 };
    const openAfter = (...events: PaceEvent[]) => events.reduce((pace, event) => evolvePace(pace, event, ten), initialPace(ten)).openSince !== undefined;
    const inTen = (failures: number) => [...times(10 - failures, started(), success()), ...times(failures, started(), failure())];
    expect(openAfter(...inTen(9))).toBe(false);
    expect(openAfter(...times(3, ...inTen(9)))).toBe(true);
    expect(openAfter(...times(30, ...inTen(6)))).toBe(false);
    // A success closes it, and two failures more open it again.
    const troubled = times(30, ...inTen(9));
    expect(openAfter(...troubled, started(), success())).toBe(false);
    expect(openAfter(...troubled, started(), success(), ...times(2, started(), failure()))).toBe(true);
  });

  it('says since when it is open, however often it fails', () => {
    expect(given(...open, started(), failure({ at: now + 9 })).openSince).toBe(now);
  });
});

describe('a pause', () => {
  it('lets nothing through, in either lane, for as long as was asked for', () => {
    const pace = given(started(), overloaded({ retryAfterMs: 5_000 }));
    for (const lane of ['n', 's'] as const) {
      expect(admit(pace, lane, rules, now + 4_999)).toBe('paused');
      expect(admit(pace, lane, rules, now + 5_000)).toBe('go');
    }
  });

  it('has an end, whatever was asked for, and is not cut short by another answer', () => {
    expect(given(started(), overloaded({ retryAfterMs: 1e12 })).pausedUntil).toBe(now + 60_000);
    expect(given(...times(3, started()), overloaded({ retryAfterMs: 5_000 }), overloaded({ retryAfterMs: 1_000 }), success()).pausedUntil).toBe(now + 5_000);
  });
});
