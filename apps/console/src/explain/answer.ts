import type { EventTypeName, Explanation } from '../api/client.ts';
import type { Tone } from '../endpoints/status.ts';
import { faultText } from '../events/fault-text.ts';

/** Whether an event would be delivered, and why not, in words. */
export interface Answer {
  readonly tone: Tone;
  readonly text: string;
  /** Since when that is so, if it is known. */
  readonly at: string | null;
  readonly then: string;
}

const reasons = { failing: ', because it kept failing', gone: ', because the receiver answered 410 Gone' } as const;

export function answerOf({ verdict, since: at, disabledReason, fault }: Pick<Explanation, 'verdict' | 'since' | 'disabledReason' | 'fault'>, type: EventTypeName): Answer {
  const since = at ? ' since' : '';
  switch (verdict) {
    case 'scheduled': return { tone: 'good', text: 'Yes, it would be delivered.', at: null, then: '' };
    case 'not-subscribed': return { tone: 'idle', text: `No: this webhook is not subscribed to ${type}.`, at: null, then: '' };
    case 'inactive': return { tone: 'idle', text: `No: this webhook was switched off by you${since}`, at, then: '.' };
    case 'disabled-by-system': return { tone: 'bad', text: `No: this webhook was switched off by the system${since}`, at, then: `${disabledReason ? reasons[disabledReason] : ''}.` };
    case 'unusable': return { tone: 'bad', text: `No. The event could not be used: ${faultText(fault)}.`, at: null, then: '' };
  }
}
