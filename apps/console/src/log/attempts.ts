import type { LogEntry } from '../api/client.ts';
import type { Kind } from '../live/live-list.ts';

type Place = Pick<LogEntry, 'timestamp' | 'deliveryId' | 'attempt'>;

/** The entries of the log: attempts, each on record when it has ended. */
export const attempts: Kind<Place> = {
  keyOf: ({ deliveryId, attempt }) => `${deliveryId}:${attempt}`,
  timeOf: ({ timestamp }) => timestamp,
  compare(a, b) {
    if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp ? -1 : 1;
    if (a.deliveryId !== b.deliveryId) return a.deliveryId > b.deliveryId ? -1 : 1;
    return b.attempt - a.attempt;
  },
  isOpen: () => false,
};
