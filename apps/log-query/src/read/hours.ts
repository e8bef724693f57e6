const hourMs = 60 * 60 * 1_000;

/** How many attempts of one hour had which outcome. */
export interface HourCounts {
  /** When the hour begins, ISO 8601. */
  readonly hour: string;
  readonly success: number;
  readonly retrying: number;
  readonly failed: number;
}

/** The beginnings of the last `count` whole hours of UTC up to the one that `now` is in, the oldest first. */
export function lastHours(now: Date, count: number): Date[] {
  const current = Math.floor(now.getTime() / hourMs) * hourMs;
  return Array.from({ length: count }, (_, index) => new Date(current - (count - 1 - index) * hourMs));
}

/** The counts of each of the hours; nothing at all happened in an hour that has no row. */
export function fillHours(hours: readonly Date[], rows: readonly (Omit<HourCounts, 'hour'> & { readonly hour: Date })[]): HourCounts[] {
  const byHour = new Map(rows.map((row) => [row.hour.getTime(), row]));
  return hours.map((hour) => {
    const { success, retrying, failed } = byHour.get(hour.getTime()) ?? { success: 0, retrying: 0, failed: 0 };
    return { hour: hour.toISOString(), success, retrying, failed };
  });
}
