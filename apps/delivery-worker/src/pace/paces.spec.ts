import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AttemptEnd } from './pace.ts';
import { Paces, type Entry, type PacedEndpoint } from './paces.ts';

const now = 1_000_000;
const rules = { initialLimit: 2, maxLimit: 8, quickMs: 1_000, slowShare: 1, failuresToOpen: 3, maxPauseMs: 60_000 };

const anEndpoint = (id: string, fields: Partial<PacedEndpoint> = {}): PacedEndpoint =>
  ({ id, url: 'https://hooks.example.com/', lastDisabledVersion: 0, rateLimit: null, ...fields });
const [a, b] = [anEndpoint('wh_a'), anEndpoint('wh_b')];

beforeEach(() => void jest.useFakeTimers({ now }));
afterEach(() => void jest.useRealTimers());

const success: AttemptEnd = { at: now, durationMs: 100, outcome: 'success' };
const failure: AttemptEnd = { at: now, durationMs: 100, outcome: 'failure' };

function aWorker({ maxWaiting = 10 } = {}) {
  const circuits: string[] = [];
  const paces = new Paces({ rules, maxWaiting, onCircuit: (endpointId, state) => circuits.push(`${endpointId} ${state}`) });
  return { paces, circuits };
}

/** Leaves a place that must have been given. */
function leave(entry: Entry, end?: AttemptEnd): void {
  if (entry.kind !== 'go') throw new Error(`it was not let in: ${entry.kind}`);
  entry.leave(end);
}

async function fail(paces: Paces, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) leave(await paces.enter(a, 'n', { force: true }), failure);
}

describe('what an admin wants to be sent at once', () => {
  it('passes all others, a few at a time', async () => {
    const { paces } = aWorker();
    const entries: Entry[] = [];
    for (let each = 0; each < 8; each += 1) entries.push(await paces.enter(a, 'n', { force: true }));
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['go']));
    expect(await paces.enter(a, 'n', { force: true })).toEqual({ kind: 'later', afterMs: 1_000 });
    expect((await paces.enter(b, 'n', { force: true })).kind).toBe('go');
    leave(entries[0]!, failure);
    expect((await paces.enter(a, 'n', { force: true })).kind).toBe('go');
  });
});

describe('a turn', () => {
  it('is given at once while there is room, and to each endpoint by itself', async () => {
    const { paces } = aWorker();
    const kinds = await Promise.all([paces.enter(a, 'n'), paces.enter(a, 's'), paces.enter(b, 'n')]);
    expect(kinds.map(({ kind }) => kind)).toEqual(['go', 'go', 'go']);
  });

  it('is waited for when it is near, in order, and no longer than that', async () => {
    const { paces } = aWorker();
    const first = await paces.enter(a, 'n');
    await paces.enter(a, 'n');
    const order: string[] = [];
    const third = Promise.resolve(paces.enter(a, 'n')).then((entry) => { order.push('third'); return entry; });
    const fourth = Promise.resolve(paces.enter(a, 'n')).then((entry) => { order.push('fourth'); return entry; });
    expect(paces.waiting).toBe(2);
    expect(await paces.enter(a, 'n')).toEqual({ kind: 'divert' });
    leave(first, success);
    leave(await third, success);
    await fourth;
    expect([order, paces.waiting]).toEqual([['third', 'fourth'], 0]);
  });

  it('is not waited for where too many wait already', async () => {
    const { paces } = aWorker({ maxWaiting: 1 });
    for (const endpoint of [a, a, b, b]) await paces.enter(endpoint, 'n');
    void paces.enter(a, 'n');
    expect(await paces.enter(b, 'n')).toEqual({ kind: 'divert' });
  });

  it('is waited for by as many as a quick endpoint takes in a moment', async () => {
    const { paces } = aWorker({ maxWaiting: 100 });
    leave(await paces.enter(a, 'n'), success);
    await paces.enter(a, 'n');
    await paces.enter(a, 'n');
    // Two at a time, 100 ms each: ten in the next 500 ms.
    for (let each = 0; each < 10; each += 1) void paces.enter(a, 'n');
    expect(await paces.enter(a, 'n')).toEqual({ kind: 'divert' });
    expect(paces.waiting).toBe(10);
  });

  it('is waited for no longer than a moment, and then by nobody until something has ended', async () => {
    const { paces } = aWorker();
    const first = await paces.enter(a, 'n');
    await paces.enter(a, 'n');
    const waiting = paces.enter(a, 'n');
    await jest.advanceTimersByTimeAsync(500);
    expect(await waiting).toEqual({ kind: 'divert' });
    expect([paces.waiting, await paces.enter(a, 'n')]).toEqual([0, { kind: 'divert' }]);
    leave(first, success);
    expect((await paces.enter(a, 'n')).kind).toBe('go');
    const next = paces.enter(a, 'n');
    expect(paces.waiting).toBe(1);
    paces.stop();
    await next;
  });

  it('that was not made use of is the next one\'s', async () => {
    const { paces } = aWorker();
    const entries = [await paces.enter(a, 'n'), await paces.enter(a, 'n')];
    const next = paces.enter(a, 'n');
    leave(entries[0]!);
    expect((await next).kind).toBe('go');
  });

  it('is put off in the slow lane: each comes when those before it will have been answered', async () => {
    const { paces } = aWorker({ maxWaiting: 0 });
    leave(await paces.enter(a, 's'), { ...success, durationMs: 4_000 });
    await paces.enter(a, 's');
    await paces.enter(a, 's');
    const later = await Promise.all([1, 2, 3].map(() => paces.enter(a, 's')));
    expect(later).toEqual([2_000, 4_000, 6_000].map((afterMs) => ({ kind: 'later', afterMs })));
    for (let each = 0; each < 147; each += 1) await paces.enter(a, 's');
    // Beyond five minutes nobody is booked, so that those who come then find a turn.
    const beyond = await Promise.all(Array.from({ length: 1_000 }, () => paces.enter(a, 's')));
    const times = beyond.map((entry) => (entry.kind === 'later' ? entry.afterMs : Number.NaN));
    expect(times.every((afterMs) => afterMs >= 150_000 && afterMs <= 300_000)).toBe(true);
    expect(new Set(times).size).toBeGreaterThan(900);
    jest.advanceTimersByTime(10_000);
    expect(await paces.enter(a, 's')).toEqual({ kind: 'later', afterMs: 292_000 });
  });
});

describe('a circuit', () => {
  it('that opens sends away who waits in the normal lane, and is told of once', async () => {
    const { paces, circuits } = aWorker();
    const first = await paces.enter(a, 'n');
    await paces.enter(a, 'n');
    const normal = paces.enter(a, 'n');
    expect(await paces.enter(a, 's')).toEqual({ kind: 'later', afterMs: 1_000 });
    await fail(paces, 4);
    expect(await normal).toEqual({ kind: 'divert' });
    leave(first, failure);
    expect((await paces.enter(a, 's')).kind).toBe('go');
    expect(await paces.enter(a, 'n')).toEqual({ kind: 'divert' });
    expect([circuits, paces.open]).toEqual([['wh_a open'], 1]);
  });

  it('that closes lets the normal lane go on, and counts no more', async () => {
    const { paces, circuits } = aWorker();
    await fail(paces, 3);
    leave(await paces.enter(a, 's'), success);
    expect((await paces.enter(a, 'n')).kind).toBe('go');
    expect([circuits, paces.open]).toEqual([['wh_a open', 'wh_a closed'], 0]);
  });

  it('does not hold up what an admin sends by hand', async () => {
    const { paces } = aWorker();
    await fail(paces, 3);
    expect((await paces.enter(a, 'n', { force: true })).kind).toBe('go');
  });
});

describe('a pause', () => {
  it('puts off the slow lane until it is over, one after the other', async () => {
    const { paces } = aWorker();
    leave(await paces.enter(a, 'n'), { ...failure, outcome: 'overloaded', retryAfterMs: 30_000 });
    expect(await paces.enter(a, 'n')).toEqual({ kind: 'divert' });
    const [first, second] = [await paces.enter(a, 's'), await paces.enter(a, 's')];
    expect([first, second]).toEqual([{ kind: 'later', afterMs: 30_100 }, { kind: 'later', afterMs: 30_200 }]);
  });

  it('that is over in a moment is waited for', async () => {
    const { paces } = aWorker();
    leave(await paces.enter(a, 'n'), { ...failure, outcome: 'overloaded', retryAfterMs: 2_000 });
    await jest.advanceTimersByTimeAsync(1_600);
    const waiting = paces.enter(a, 'n');
    await jest.advanceTimersByTimeAsync(400);
    expect((await waiting).kind).toBe('go');
  });
});

describe('an endpoint that was changed', () => {
  it.each([
    ['leads elsewhere', anEndpoint('wh_a', { url: 'https://other.example.com/' })],
    ['was switched off and on again', anEndpoint('wh_a', { lastDisabledVersion: 7 })],
  ])('and %s is not held to what was learnt before', async (_, changed) => {
    const { paces, circuits } = aWorker();
    const before = await paces.enter(a, 'n');
    await fail(paces, 3);
    expect(await paces.enter(a, 'n')).toEqual({ kind: 'divert' });
    expect((await paces.enter(changed, 'n')).kind).toBe('go');
    expect([circuits, paces.open]).toEqual([['wh_a open', 'wh_a closed'], 0]);
    // What was sent before says nothing of it, but was in flight all the same.
    leave(before, { ...failure, outcome: 'overloaded', retryAfterMs: 30_000 });
    expect((await paces.enter(changed, 'n')).kind).toBe('go');
  });
});

describe('a delivery that is put off', () => {
  it('of an endpoint with a rate limit comes no sooner than the rate has a turn for it', async () => {
    const { paces } = aWorker();
    const limited = anEndpoint('wh_a', { rateLimit: 1 });
    leave(await paces.enter(limited, 's'), success);
    const later = [1, 2, 3].map(() => paces.putOff(limited, 's'));
    expect(later).toEqual([1_000, 2_000, 3_000].map((afterMs) => ({ kind: 'later', afterMs })));
    expect(paces.putOff(limited, 'n')).toEqual({ kind: 'divert' });
    // Nor is what was learnt lost to one that still knows the endpoint as it was.
    await fail(paces, 3);
    paces.putOff(anEndpoint('wh_a', { url: 'https://former.example.com/' }), 's');
    expect([paces.open, paces.refuses(a, 'n'), paces.refuses(a, 's')]).toEqual([1, true, false]);
  });
});

describe('stopping', () => {
  it('sends away who waits and who comes', async () => {
    const { paces } = aWorker();
    await paces.enter(a, 'n');
    await paces.enter(a, 'n');
    const waiting = paces.enter(a, 'n');
    paces.stop();
    expect([await waiting, await paces.enter(b, 'n')]).toEqual([{ kind: 'stopped' }, { kind: 'stopped' }]);
  });
});

describe('what is known of endpoints', () => {
  it('is dropped when nothing was sent to them for long, in trouble or not, but while something is in flight', async () => {
    const { paces } = aWorker();
    leave(await paces.enter(anEndpoint('wh_quiet'), 'n'), success);
    await paces.enter(anEndpoint('wh_busy'), 'n');
    await fail(paces, 3);
    expect([paces.sweep(now + 60_000), paces.open]).toEqual([3, 1]);
    expect([paces.sweep(now + 3_600_000), paces.open]).toEqual([1, 0]);
  });
});
