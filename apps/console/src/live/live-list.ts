/** What a list that is followed has to know of its entries. */
export interface Kind<T> {
  /** What names an entry. */
  readonly keyOf: (entry: T) => string;
  /** Its place in time: ISO 8601, in UTC. */
  readonly timeOf: (entry: T) => string;
  /** Newest first; the API's own order. */
  readonly compare: (a: T, b: T) => number;
  /** Whether an entry is not yet what it will be. */
  readonly isOpen: (entry: T) => boolean;
}

/** Lists of entries as one, in order and each entry once: as the last list has it. */
export function merge<T>({ keyOf, compare }: Kind<T>, ...lists: readonly (readonly T[])[]): T[] {
  const byKey = new Map(lists.flat().map((entry) => [keyOf(entry), entry]));
  return [...byKey.values()].sort(compare);
}

/** The entries that tell more than the known ones do: they are not among them, or were still open there. */
export function newsIn<T>({ keyOf, isOpen }: Kind<T>, entries: readonly T[], known: readonly T[]): T[] {
  const byKey = new Map(known.map((entry) => [keyOf(entry), entry]));
  return entries.filter((entry) => {
    const before = byKey.get(keyOf(entry));
    return before === undefined || (isOpen(before) && !isOpen(entry));
  });
}

/** An attempt is recorded when it has ended, and placed where it began: so far back may newer entries still come in. */
const lateMs = 90_000;

/** From when on the API has to be asked for what is new: a while before the newest known entry, or the oldest open one. */
export function since<T>({ timeOf, isOpen }: Kind<T>, known: readonly T[]): string | undefined {
  const [newest] = known;
  if (newest === undefined) return undefined;
  const begin = new Date(Date.parse(timeOf(newest)) - lateMs).toISOString();
  const oldestOpen = known.findLast(isOpen);
  return oldestOpen !== undefined && timeOf(oldestOpen) < begin ? timeOf(oldestOpen) : begin;
}

/** The longest that an attempt usually takes, a request's deadline and its recording: one that began before may still be missing. */
const longestAttemptMs = 15_000;

/** Whether a page goes back as far as an entry may be placed that is only now on record, and as far as one is open. */
export function covers<T>({ timeOf, isOpen }: Kind<T>, page: readonly T[], known: readonly T[]): boolean {
  const [last, newest, oldestOpen] = [page.at(-1), known[0], known.findLast(isOpen)];
  if (last === undefined || newest === undefined) return true;
  if (oldestOpen !== undefined && timeOf(last) > timeOf(oldestOpen)) return false;
  return Date.parse(timeOf(newest)) - Date.parse(timeOf(last)) > longestAttemptMs;
}
