import type { EventEntry } from '../api/client.ts';
import type { Kind } from '../live/live-list.ts';

type Place = Pick<EventEntry, 'id' | 'receivedAt' | 'status'>;

/** The entries of the list of events. */
export const events: Kind<Place> = {
  keyOf: ({ id }) => id,
  timeOf: ({ receivedAt }) => receivedAt,
  compare(a, b) {
    if (a.receivedAt !== b.receivedAt) return a.receivedAt > b.receivedAt ? -1 : 1;
    return a.id > b.id ? -1 : 1;
  },
  isOpen: ({ status }) => status === 'waiting',
};
