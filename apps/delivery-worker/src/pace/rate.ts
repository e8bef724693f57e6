/**
 * An endpoint's place in its rate: the time, in milliseconds since the epoch, before which nothing more is sent to it. It is
 * the theoretical arrival time of the generic cell rate algorithm (ITU-T I.371) with no burst: requests come evenly spaced.
 */
export type NextAt = number;

/** Turns of an endpoint: when each may be sent, in order, and from when on there are further ones. */
export interface Turns {
  readonly at: readonly number[];
  readonly nextAt: NextAt;
}

/**
 * Takes as many turns as are asked for and begin within `withinMs` from `now`; those that begin later stay for whoever comes
 * then. `perSecond` is the endpoint's rate.
 */
export function takeTurns(nextAt: NextAt, asked: number, perSecond: number, now: number, withinMs: number): Turns {
  const apartMs = 1_000 / perSecond;
  const first = Math.max(nextAt, now);
  const near = Math.floor((now + withinMs - first) / apartMs) + 1;
  const count = Math.max(0, Math.min(asked, near));
  return { at: Array.from({ length: count }, (_, index) => first + index * apartMs), nextAt: count > 0 ? first + count * apartMs : nextAt };
}

/** The clocks of workers may be so far apart, in milliseconds. */
const clockMarginMs = 5_000;
/** No turn is taken further ahead than that, in milliseconds. */
export const furthestMs = 500;

/**
 * A place as it can be: one that is further ahead was left by a clock that was wrong, and counts as now. Otherwise nothing would
 * be sent until that time has come.
 */
export function plausible(nextAt: NextAt, perSecond: number, now: number): NextAt {
  return nextAt - now > furthestMs + Math.max(1_000, 1_000 / perSecond) + clockMarginMs ? now : nextAt;
}
