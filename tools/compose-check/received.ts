/** What the demo's receiver has printed. */
export interface Received {
  /** Deliveries that were answered 200. */
  readonly delivered: number;
  /** Requests that came again after that: a delivery is made at least once. */
  readonly repeats: number;
  readonly notVerified: number;
  readonly retries: number;
}

/** Reads the receiver's lines: `  invoice.paid  attempt 1  verified (…)  answered 200  dlv_…`. */
export function received(lines: readonly string[]): Received {
  const done = new Set<string>();
  let [repeats, notVerified, retries] = [0, 0, 0];
  for (const line of lines) {
    const [, attempt, verdict, status, id] = /attempt (\d+)\s+(verified|NOT VERIFIED).*answered (\d+)\s+(dlv_\S+)/.exec(line) ?? [];
    if (!id) continue;
    if (verdict !== 'verified') notVerified++;
    if (Number(attempt) > 1) retries++;
    if (done.has(id)) repeats++;
    else if (status === '200') done.add(id);
  }
  return { delivered: done.size, repeats, notVerified, retries };
}

/** How many events a publisher says that it has published, by its last line. */
export function published(lines: readonly string[]): number {
  const counts = lines.flatMap((line) => /published (\d+) events in all/.exec(line)?.[1] ?? []).map(Number);
  if (counts.length === 0) throw new Error('the publisher has not said how many events it has published');
  return counts.reduce((sum, count) => sum + count, 0);
}
