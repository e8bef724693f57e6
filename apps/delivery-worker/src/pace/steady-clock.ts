/**
 * Milliseconds since the epoch as the wall clock had it when the process began: it goes on evenly whatever that is set to. For what
 * a process remembers, where a pause of seconds must not become one of hours.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
