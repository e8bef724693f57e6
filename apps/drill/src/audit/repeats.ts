import type { Cut, SeenRequest } from './evidence.ts';

/** Why a receiver got an attempt once more, the plainest first. */
export const causes = ['killed', 'stopped', 'cut off', 'forgotten', 'given twice'] as const;
export type Cause = (typeof causes)[number];

/**
 * What a single server that is killed has not written yet of its consumers: it writes ten times a second, and may be late on a
 * busy machine. Streams are written before they are acknowledged.
 */
const forgetsMs = 2_000;

/**
 * Why an attempt came more than once: one cause for each request after the first, `undefined` where there is none. A cut explains
 * one repeat, of a request that was in flight when it happened, and that came after it.
 * @param requests those of one attempt, in the order in which they arrived.
 * @param recordedAt when the attempt was stored; `undefined` if it never was.
 */
export function explainRepeats(requests: readonly SeenRequest[], recordedAt: number | undefined, cuts: readonly Cut[], ackWaitMs: number): (Cause | undefined)[] {
  const unused = new Set(cuts);
  return requests.slice(1).map((repeat, index) => {
    const before = requests.slice(0, index + 1);
    const possible = [...unused].filter(({ at }) => at <= repeat.receivedAt).flatMap((cut) => {
      const found = before.map((request) => causeOf(cut, request, repeat, recordedAt ?? Number.POSITIVE_INFINITY, ackWaitMs)).filter((cause) => cause !== undefined);
      return found.map((cause) => ({ cut, cause }));
    });
    // The one that says most: whose request it was is known exactly, and what a server does when it is back is the least of it.
    const [best] = possible.sort((a, b) => causes.indexOf(a.cause) - causes.indexOf(b.cause));
    if (best) unused.delete(best.cut);
    return best?.cause;
  });
}

function causeOf(cut: Cut, request: SeenRequest, repeat: SeenRequest, recordedAt: number, ackWaitMs: number): Cause | undefined {
  // Whoever repeats it looks at the record first, and then waits for a turn, for less than this: had it been there, it would
  // have been found.
  const isUnknown = recordedAt >= repeat.receivedAt - ackWaitMs;
  switch (cut.what) {
    case 'killed':
    case 'stopped':
      return cut.ports.includes(request.port) && request.receivedAt <= cut.until && recordedAt >= cut.at ? cut.what : undefined;
    case 'cut off':
      if (!isUnknown || recordedAt < cut.at) return undefined;
      if (request.receivedAt <= cut.until) return 'cut off';
      // A server that stood still for longer than ack_wait first gives out again whatever it has not heard of, and then hears what it
      // had been told meanwhile: that a delivery is to come back, which somebody has in hand by then.
      return cut.until - cut.at > ackWaitMs && request.receivedAt <= cut.until + ackWaitMs ? 'given twice' : undefined;
    case 'forgotten':
      if (request.receivedAt > cut.until || recordedAt < cut.at - forgetsMs) return undefined;
      return recordedAt < cut.at || isUnknown ? 'forgotten' : undefined;
  }
}
