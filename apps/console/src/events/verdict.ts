import type { EventEntry, EventVerdict } from '../api/client.ts';
import type { Tone } from '../endpoints/status.ts';

/** Whether an endpoint got an event, and why, in words. */
export interface VerdictText {
  readonly tone: Tone;
  /** What comes before the time, if there is one. */
  readonly text: string;
  readonly at: string | null;
  /** What comes after it. */
  readonly then: string;
  /** Where more is to be seen, or something to be done about it. */
  readonly link: 'delivery' | 'edit' | null;
}

const deliveries = {
  pending: { tone: 'wait', text: 'Sent: in progress' },
  succeeded: { tone: 'good', text: 'Sent: succeeded' },
  failed: { tone: 'bad', text: 'Sent: failed' },
  cancelled: { tone: 'idle', text: 'Sent, then cancelled because the webhook was disabled' },
} as const;

const reasons = { failing: ' because it kept failing', gone: ' because the receiver answered 410 Gone' } as const;

/** Why an endpoint got an event, or did not. */
export function verdictText(
  { verdict, since: at, disabledReason, deliveryStatus }: EventVerdict, { type, receivedAt }: Pick<EventEntry, 'type' | 'receivedAt'>,
): VerdictText {
  const said = { tone: 'idle', at: null, then: '', link: null } as const;
  switch (verdict) {
    case 'scheduled':
      if (deliveryStatus === null) return { ...said, text: 'Sent. The log does not have the delivery: not yet, or not any more.' };
      return { ...said, ...deliveries[deliveryStatus], link: 'delivery' };
    case 'not-subscribed': return { ...said, text: `Not subscribed to ${type ?? 'this event'}`, link: 'edit' };
    case 'inactive': return { ...said, text: at ? 'Switched off by you since' : 'Switched off by you', at };
    case 'disabled-by-system':
      return { ...said, tone: 'bad', text: at ? 'Switched off by the system since' : 'Switched off by the system', at, then: disabledReason ? reasons[disabledReason] : '' };
    case 'created-later': return { ...said, text: at ? 'Added later, on' : 'Added later', at };
    case 'deleted':
      // What it got, if anything, was deleted with it.
      return { ...said, text: at ? 'Deleted on' : 'Deleted', at, then: at !== null && at > receivedAt ? ', and its history with it' : '' };
  }
}
