/** How samples are spread. All but `count` in the unit of the samples. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The value that `percent` of the samples do not exceed: the nearest-rank percentile, so always one of the samples and
 * exact (ISO 3534-1 gives it as the order statistic ⌈n·p⌉).
 * @param sorted the samples in ascending order.
 * @throws RangeError when there are none.
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  if (sorted.length === 0) throw new RangeError('there are no samples to take a percentile of');
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1] as number;
}

/**
 * Sorts all samples, so that nothing is rounded into buckets: a run has some hundred thousand at most.
 * @throws RangeError when there are none.
 */
export function distributionOf(samples: Iterable<number>): Distribution {
  const sorted = Float64Array.from(samples).sort();
  const at = (percent: number) => percentile(sorted, percent);
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

/**
 * The middle of a few measurements of one thing; of an even number, the lower of the two in the middle.
 * @throws RangeError when there are none.
 */
export function median(values: readonly number[]): number {
  return percentile(values.toSorted((a, b) => a - b), 50);
}
