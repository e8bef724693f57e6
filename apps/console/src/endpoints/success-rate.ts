import type { AttemptStats } from '../api/client.ts';

type Hour = AttemptStats['hours'][number];

export interface SuccessRate {
  readonly attempts: number;
  /** From 0 to 100; `null` when nothing was attempted. Never 100 unless all of them succeeded. */
  readonly percent: number | null;
  /** For each hour how many attempts succeeded and failed, as shares of the busiest hour's. */
  readonly bars: readonly { readonly good: number; readonly bad: number }[];
}

/** How the attempts of some hours went, as the chart shows it. */
export function successRate(hours: readonly Hour[]): SuccessRate {
  const counts = hours.map(({ success, retrying, failed }) => ({ good: success, bad: retrying + failed }));
  const good = sum(counts.map((count) => count.good));
  const attempts = good + sum(counts.map(({ bad }) => bad));
  const most = Math.max(1, ...counts.map((count) => count.good + count.bad));
  return {
    attempts,
    percent: attempts === 0 ? null : Math.floor((100 * good) / attempts),
    bars: counts.map((count) => ({ good: count.good / most, bad: count.bad / most })),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
