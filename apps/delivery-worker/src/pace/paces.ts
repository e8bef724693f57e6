import { normalLane, type Endpoint, type Lane } from '@cepro/contracts';
import { admit, evolvePace, initialPace, type Admission, type AttemptEnd, type Pace, type PaceEvent, type PaceRules } from './pace.ts';
import { steadyNow } from './steady-clock.ts';

/** What becomes of a delivery that is due. `later`: not now, but after so many milliseconds. */
export type Entry =
  | { readonly kind: 'go'; readonly leave: Leave }
  | { readonly kind: 'divert' }
  | { readonly kind: 'later'; readonly afterMs: number }
  | { readonly kind: 'stopped' };

/** Gives a place back: with how the attempt ended, or with nothing if none was made. */
export type Leave = (end?: AttemptEnd) => void;

export interface PacesOptions {
  readonly rules: PaceRules;
  /** How many deliveries may wait here for their turn, over all endpoints. */
  readonly maxWaiting: number;
  /** Called when an endpoint's circuit has opened or closed. */
  readonly onCircuit: (endpointId: string, state: 'open' | 'closed') => void;
}

/** What a pace needs to know of an endpoint. */
export type PacedEndpoint = Pick<Endpoint, 'id' | 'url' | 'lastDisabledVersion' | 'rateLimit'>;

/** One who waits for a turn. */
interface Waiting {
  readonly enter: (entry: Entry) => void;
  readonly timer: NodeJS.Timeout;
}

interface Line {
  readonly endpointId: string;
  /** What the pace was learnt of: a URL, since it was last switched off. */
  target: string;
  pace: Pace;
  /** Those that wait for their turn in the normal lane, the first come first. */
  readonly waiting: Waiting[];
  /** How many are in flight that an admin wanted to be sent at once. */
  forced: number;
  /** Somebody has waited in vain, and nothing has ended since. */
  stuck: boolean;
  /** When the last delivery that was put off may come, in milliseconds since the epoch. */
  turn: number;
  usedAt: number;
}

/** How long a delivery may wait in its place for its turn: healthy deliveries that come after it are late by as much. */
const nearMs = 500;
/** A delivery is put off for a second at least, so that it does not come and go, and for as long as a retry at most. */
const shortestMs = 1_000;
export const longestPutOffMs = 300_000;
/** As many as an admin's patience may start at once; beyond that a receiver that hangs would take the places of all. */
const mostForced = 8;
/** An endpoint that nothing was sent to for so long is forgotten: it may be gone, and if not, it is tried like any other. */
const forgetMs = 10 * 60 * 1_000;
/** What an attempt is taken to last before there was one. */
const guessMs = 1_000;

/** Gives each endpoint as much at a time as it takes well, and nobody else's share. */
export class Paces {
  readonly #lines = new Map<string, Line>();
  #waiting = 0;
  #open = 0;
  #stopped = false;

  constructor(private readonly options: PacesOptions) {}

  /** How many deliveries wait here for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How many circuits are open. */
  get open(): number {
    return this.#open;
  }

  /**
   * What becomes of a delivery: told at once, or in a moment if its turn is near. `go` must be left
   * again. `force` is for what an admin wants to be sent at once: it passes all others, a few at a time.
   */
  enter(endpoint: PacedEndpoint, lane: Lane, { force = false } = {}): Promise<Entry> | Entry {
    const line = this.#lineOf(endpoint);
    if (force && line.forced < mostForced) return this.#goForced(line);
    if (this.#stopped) return { kind: 'stopped' };
    if (force) return { kind: 'later', afterMs: shortestMs };
    const now = steadyNow();
    const answer = admit(line.pace, lane, this.options.rules, now);
    if (answer === 'go' && line.waiting.length === 0) return this.#go(line);
    // In the slow lane nobody waits: a few that hang would hold all of its places.
    if (lane === normalLane && this.#isNear(line, answer, now)) return this.#wait(line, now);
    return this.putOff(endpoint, lane);
  }

  /** Whether a delivery would be sent away now, because its endpoint is in trouble. */
  refuses(endpoint: PacedEndpoint, lane: Lane): boolean {
    const answer = admit(this.#lineOf(endpoint).pace, lane, this.options.rules, steadyNow());
    return answer !== 'go' && answer !== 'full';
  }

  /** What becomes of a delivery that can't be sent now. */
  putOff(endpoint: PacedEndpoint, lane: Lane): Entry {
    if (this.#stopped) return { kind: 'stopped' };
    if (lane === normalLane) return { kind: 'divert' };
    // As it is: the endpoint may have been looked up before it was changed.
    const line = this.#lines.get(endpoint.id) ?? this.#lineOf(endpoint);
    const now = steadyNow();
    const { takes, limit, pausedUntil } = line.pace;
    // Each comes when those before it will have been answered, and no more of them in a second than it wants.
    const apartMs = Math.max((takes || guessMs) / Math.floor(limit), endpoint.rateLimit ? 1_000 / endpoint.rateLimit : 0);
    const turn = Math.max(now, line.turn, pausedUntil) + apartMs;
    // So far ahead nothing is promised: what comes too early then is spread, or it would all come at once.
    if (turn - now > longestPutOffMs) return { kind: 'later', afterMs: Math.round(longestPutOffMs * (0.5 + Math.random() / 2)) };
    line.turn = turn;
    return { kind: 'later', afterMs: Math.round(Math.max(shortestMs, turn - now)) };
  }

  /** Sends everybody away who waits, and all who come. */
  stop(): void {
    this.#stopped = true;
    for (const line of this.#lines.values()) for (const waiting of [...line.waiting]) this.#call(line, waiting, { kind: 'stopped' });
  }

  /** Forgets endpoints that have had nothing for long; returns how many are left. */
  sweep(now = steadyNow()): number {
    for (const [endpointId, { pace, usedAt }] of this.#lines) {
      if (pace.inFlight > 0 || pace.pausedUntil > now || now - usedAt <= forgetMs) continue;
      if (pace.openSince !== undefined) this.#open -= 1;
      this.#lines.delete(endpointId);
    }
    return this.#lines.size;
  }

  #lineOf({ id, url, lastDisabledVersion }: PacedEndpoint): Line {
    const target = `${lastDisabledVersion} ${url}`;
    const known = this.#lines.get(id);
    if (!known) {
      const line: Line = { endpointId: id, target, pace: initialPace(this.options.rules), waiting: [], forced: 0, stuck: false, turn: 0, usedAt: 0 };
      this.#lines.set(id, line);
      return line;
    }
    if (known.target !== target) {
      Object.assign(known, { target, stuck: false, turn: 0 });
      this.#evolve(known, { type: 'replaced' });
    }
    return known;
  }

  /** Whether a turn that is not now comes so soon that a place is well used by waiting for it. */
  #isNear({ pace, waiting, stuck }: Line, answer: Admission, now: number): boolean {
    if (stuck || this.#waiting >= this.options.maxWaiting) return false;
    if (answer === 'paused') return pace.pausedUntil - now <= nearMs;
    if (answer !== 'full' && answer !== 'go') return false;
    const ahead = waiting.length + 1;
    // Nothing is known before the first answer: then as many as are in flight.
    return pace.takes > 0 ? (ahead * pace.takes) / Math.floor(pace.limit) <= nearMs : ahead <= Math.floor(pace.limit);
  }

  #wait(line: Line, now: number): Promise<Entry> {
    const { promise, resolve } = Promise.withResolvers<Entry>();
    const pauseMs = line.pace.pausedUntil - now;
    const waiting: Waiting = { enter: resolve, timer: setTimeout(() => this.#lookAgain(line, waiting), pauseMs > 0 ? pauseMs : nearMs) };
    line.waiting.push(waiting);
    this.#waiting += 1;
    return promise;
  }

  /** Its time to wait is over. */
  #lookAgain(line: Line, waiting: Waiting): void {
    const isTurn = admit(line.pace, normalLane, this.options.rules, steadyNow()) === 'go';
    line.stuck = !isTurn;
    this.#call(line, waiting, isTurn ? this.#go(line) : { kind: 'divert' });
  }

  #call(line: Line, waiting: Waiting, entry: Entry): void {
    clearTimeout(waiting.timer);
    line.waiting.splice(line.waiting.indexOf(waiting), 1);
    this.#waiting -= 1;
    waiting.enter(entry);
  }

  #goForced(line: Line): Entry {
    const entry = this.#go(line);
    line.forced += 1;
    return {
      kind: 'go',
      leave: (end) => {
        line.forced -= 1;
        entry.leave(end);
      },
    };
  }

  #go(line: Line): Entry & { readonly kind: 'go' } {
    const { target } = line;
    this.#evolve(line, { type: 'started' });
    return {
      kind: 'go',
      // Of what was sent elsewhere there is nothing to learn.
      leave: (end) => this.#left(line, end && line.target === target ? { type: 'ended', ...end } : { type: 'left' }),
    };
  }

  #left(line: Line, event: PaceEvent): void {
    this.#evolve(line, event);
    line.usedAt = steadyNow();
    line.stuck = false;
    // Lets in whose turn it is, and sends away those that will have none here.
    for (;;) {
      const [first] = line.waiting;
      if (!first) return;
      const answer = admit(line.pace, normalLane, this.options.rules, steadyNow());
      if (answer === 'full') return;
      this.#call(line, first, answer === 'go' ? this.#go(line) : { kind: 'divert' });
    }
  }

  #evolve(line: Line, event: PaceEvent): void {
    const wasOpen = line.pace.openSince !== undefined;
    line.pace = evolvePace(line.pace, event, this.options.rules);
    const isOpen = line.pace.openSince !== undefined;
    if (isOpen === wasOpen) return;
    this.#open += isOpen ? 1 : -1;
    // It is back: what was put off by its old pace is behind those that come now.
    if (!isOpen) line.turn = 0;
    this.options.onCircuit(line.endpointId, isOpen ? 'open' : 'closed');
  }
}
