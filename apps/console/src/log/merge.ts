import type { LogEntry } from '../api/client.ts';

type Place = Pick<LogEntry, 'timestamp' | 'deliveryId' | 'attempt'>;

/** What names an entry of the log: an attempt of a delivery. */
export const keyOf = ({ deliveryId, attempt }: Place): string => `${deliveryId}:${attempt}`;

/** The log's order, newest first; the API's own. */
export function compare(a: Place, b: Place): number {
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? -1 : 1;
  if (a.deliveryId !== b.deliveryId) return a.deliveryId > b.deliveryId ? -1 : 1;
  return b.attempt - a.attempt;
}

/** Lists of entries as one, in the log's order and each entry once. */
export function merge<T extends Place>(...lists: readonly (readonly T[])[]): T[] {
  const byKey = new Map(lists.flat().map((entry) => [keyOf(entry), entry]));
  return [...byKey.values()].sort(compare);
}

/** The entries that another list does not have. */
export function without<T extends Place>(entries: readonly T[], known: readonly Place[]): T[] {
  const keys = new Set(known.map(keyOf));
  return entries.filter((entry) => !keys.has(keyOf(entry)));
}

/** An attempt is recorded when it has ended, and placed where it began: so far back may newer entries still come in. */
const lateMs = 90_000;

/** From when on the log has to be asked for what is new, given its newest known entry. */
export function since(newest: Place | undefined): string | undefined {
  return newest && new Date(Date.parse(newest.timestamp) - lateMs).toISOString();
}

/** The longest that an attempt usually takes, a request's deadline and its recording: one that began before may still be missing. */
const longestAttemptMs = 15_000;

/** Whether a page of the log goes back as far as an attempt may have begun that is only now on record. */
export function covers(page: readonly Place[], newest: Place | undefined): boolean {
  const last = page.at(-1);
  return !last || !newest || Date.parse(newest.timestamp) - Date.parse(last.timestamp) > longestAttemptMs;
}
