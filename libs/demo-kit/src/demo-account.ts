import type { EventType } from '@cepro/contracts';

/** The account that the demo plays with. */
export const demoAccount = 'acct_demo';

export const demoEvents = ['lead.created', 'estimate.accepted', 'invoice.paid', 'proposal_accepted', 'job.completed'] as const satisfies EventType[];

/** The event whose first attempt the receiver fails, to show a retry. */
export const failsFirst: EventType = 'job.completed';
