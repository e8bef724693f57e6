/** When a failed delivery is tried again. */
export interface RetrySchedule {
  /** How long after the failure of attempt 1, 2, … the next one is due, in milliseconds. */
  readonly delaysMs: readonly number[];
  /** How far a delay may be off, so that deliveries that failed together don't come back together. */
  readonly jitterPercent: number;
}

/**
 * When the attempt after number `attempt` is due, in milliseconds since the epoch, or `undefined` if that was the last.
 * `random` is in [0, 1): 0 takes off the whole jitter, 1 would add it.
 */
export function nextAttemptAt(schedule: RetrySchedule, attempt: number, failedAt: number, random: number): number | undefined {
  const delay = schedule.delaysMs[attempt - 1];
  if (delay === undefined) return undefined;
  const jitter = (schedule.jitterPercent / 100) * (2 * random - 1);
  return Math.round(failedAt + delay * (1 + jitter));
}
