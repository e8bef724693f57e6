/**
 * Milliseconds on a clock that all processes of this machine share and that is never set: that of `process.hrtime`
 * (CLOCK_MONOTONIC on Linux). What is sent by one process and received by another is told apart to the microsecond.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
