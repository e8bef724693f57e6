/** A day in UTC, `2026-11-24`. Days compare as text. */
export type Day = string;

const dayMs = 24 * 60 * 60 * 1_000;

/** The day of a moment, in milliseconds since the epoch. */
export function dayOf(time: number): Day {
  return new Date(time).toISOString().slice(0, 10);
}

/** The day `count` days after (or, below zero, before). */
export function addDays(day: Day, count: number): Day {
  return dayOf(startOf(day) + count * dayMs);
}

/** The first moment of a day, in milliseconds since the epoch. */
export function startOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The oldest day of which something is to be kept: every day before it is wholly older than the retention. */
export function oldestKept(now: number, retentionDays: number): Day {
  return dayOf(now - retentionDays * dayMs);
}

/** The days for which there should be partitions before anybody needs them: today and the following. */
export function daysAhead(now: number, count: number): Day[] {
  const today = dayOf(now);
  return Array.from({ length: count + 1 }, (_, index) => addDays(today, index));
}

/** The name of a table's partition for a day, `deliveries_20261124`. */
export function partitionName(table: string, day: Day): string {
  return `${table}_${day.replaceAll('-', '')}`;
}

/** The day of a partition by its name, or `undefined` if that is not one of ours. */
export function dayOfPartition(name: string): Day | undefined {
  const match = /_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : undefined;
}
