import { Random } from './random.ts';

/** What is done to a target: kill -9 and started again later; SIGSTOP and SIGCONT; SIGTERM and started again. */
export const faultKinds = ['kill', 'pause', 'restart'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** When, in milliseconds after the beginning. */
  readonly atMs: number;
  readonly target: string;
  readonly kind: FaultKind;
  /** How long it stays killed, or stopped, in milliseconds; 0 for a restart, which takes what it takes. */
  readonly lastsMs: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly targets: readonly string[];
  /** What each target gets in turn, round after round. */
  readonly turns: readonly FaultKind[];
  /** The shortest and the longest time from one fault to the next. */
  readonly gapMs: readonly [number, number];
  /** How long a target stays killed. */
  readonly awayMs: readonly [number, number];
  /** How long a target stays stopped. */
  readonly pauseMs: readonly [number, number];
  /** So many things may be broken at one time. */
  readonly mostBroken: number;
}

/** For how long after its fault a target is taken for broken: it starts anew, or finds out what it has missed. */
const recoveryMs = 3_000;

/**
 * Faults spread over a time, the same for the same seed. In each round every target gets one of `turns`, in an order of its own
 * and beginning at a place of its own, so in as many rounds as there are turns each target has had all of them. A target is left
 * alone until it has had time to recover, and no more than `mostBroken` are broken at one time.
 */
export function planFaults({ seed, durationMs, targets, turns, gapMs, awayMs, pauseMs, mostBroken }: ScheduleOptions): Fault[] {
  const random = new Random(seed);
  const beginnings = new Map(targets.map((target) => [target, random.between(0, turns.length - 1)]));
  const faults: Fault[] = [];
  for (let round = 0, now = random.between(...gapMs); now < durationMs; round += 1) {
    for (const target of random.shuffled(targets)) {
      const kind = turns[(beginnings.get(target)! + round) % turns.length]!;
      const lastsMs = kind === 'restart' ? 0 : random.between(...(kind === 'kill' ? awayMs : pauseMs));
      const atMs = firstFree(faults, target, now, mostBroken);
      if (atMs >= durationMs) return faults;
      faults.push({ atMs, target, kind, lastsMs });
      now = atMs + random.between(...gapMs);
    }
  }
  return faults;
}

/** When a target is whole again. */
export function healedAt({ atMs, lastsMs }: Fault): number {
  return atMs + lastsMs + recoveryMs;
}

/** The first moment from `now` on at which the target is whole and one more thing may be broken. */
function firstFree(faults: readonly Fault[], target: string, now: number, mostBroken: number): number {
  const broken = faults.filter((fault) => healedAt(fault) > now);
  if (broken.length < mostBroken && broken.every((fault) => fault.target !== target)) return now;
  return firstFree(faults, target, Math.min(...broken.map(healedAt)), mostBroken);
}
