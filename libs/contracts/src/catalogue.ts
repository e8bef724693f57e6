import { z } from 'zod';

// Every `data` is open: CE Pro's services add fields without asking, and receivers get them unchanged.
const id = z.string().min(1);
const money = z.number().meta({ description: 'Amount in the account\'s currency' });
const time = z.iso.datetime({ offset: true });
const customer = { client_name: z.string(), client_email: z.email().optional() };

const lead = { id, ...customer, client_phone: z.string().optional(), source: z.string().optional(), status: z.string() };
const estimate = { id, estimate_number: z.string(), ...customer, total: money, status: z.string() };
const job = { id, ...customer, title: z.string(), status: z.string() };
const invoice = { id, invoice_number: z.string(), ...customer, total: money, status: z.string() };
const proposal = { id, ...customer, total: money, status: z.string() };

/** A group of event types as the page shows them. */
export type EventGroup = 'Leads' | 'Estimates' | 'Jobs' | 'Invoices' | 'Proposals' | 'App';

interface Entry<S extends z.ZodType> {
  description: string;
  group: EventGroup;
  legacy: boolean;
  data: S;
  example: z.infer<S>;
}

function entry<S extends z.ZodType>(group: EventGroup, description: string, data: S, example: z.infer<S>): Entry<S> {
  return { description, group, legacy: false, data, example };
}

function legacy<S extends z.ZodType>(group: EventGroup, description: string, data: S, example: z.infer<S>): Entry<S> {
  return { description, group, legacy: true, data, example };
}

const jane = { client_name: 'Jane Smith', client_email: 'jane@example.com' };

/**
 * Every event type that CE Pro publishes, spelled exactly as receivers see it. Legacy names are events of their own,
 * never aliases of the newer ones. The names and descriptions are those of CE Pro's article for its users.
 */
export const catalogue = {
  'lead.created': entry('Leads', 'A new lead is created.', z.looseObject({ ...lead, created_at: time }), {
    id: 'lead_8f31c2', ...jane, client_phone: '+1 555 0142', source: 'website', status: 'new', created_at: '2026-03-08T14:29:45Z',
  }),
  'lead.status_changed': entry('Leads', 'A lead changes status.', z.looseObject({ ...lead, previous_status: z.string(), changed_at: time }), {
    id: 'lead_8f31c2', ...jane, status: 'qualified', previous_status: 'new', changed_at: '2026-03-08T15:02:10Z',
  }),
  'estimate.created': entry('Estimates', 'A new estimate is created.', z.looseObject({ ...estimate, created_at: time }), {
    id: 'est_51c07a', estimate_number: 'EST-1042', ...jane, total: 480, status: 'draft', created_at: '2026-03-08T14:29:45Z',
  }),
  'estimate.accepted': entry('Estimates', 'A customer accepts an estimate.', z.looseObject({ ...estimate, accepted_at: time }), {
    id: 'est_51c07a', estimate_number: 'EST-1042', ...jane, total: 480, status: 'accepted', accepted_at: '2026-03-09T09:12:00Z',
  }),
  'job.created': entry('Jobs', 'A job is created.', z.looseObject({ ...job, scheduled_for: time.optional(), created_at: time }), {
    id: 'job_2b9e44', ...jane, title: 'Quarterly window cleaning', status: 'scheduled',
    scheduled_for: '2026-03-16T08:00:00Z', created_at: '2026-03-09T09:13:21Z',
  }),
  'job.completed': entry('Jobs', 'A scheduled job is marked complete.', z.looseObject({ ...job, completed_at: time }), {
    id: 'job_2b9e44', ...jane, title: 'Quarterly window cleaning', status: 'completed', completed_at: '2026-03-16T11:40:05Z',
  }),
  'invoice.created': entry('Invoices', 'A new invoice is created.', z.looseObject({ ...invoice, due_at: time.optional(), created_at: time }), {
    id: 'inv_77d0f3', invoice_number: 'INV-2031', ...jane, total: 480, status: 'open',
    due_at: '2026-03-30T00:00:00Z', created_at: '2026-03-16T12:00:00Z',
  }),
  'invoice.paid': entry(
    'Invoices', 'An invoice is fully paid through the approved payment flow.', z.looseObject({ ...invoice, paid_at: time }),
    { id: 'inv_77d0f3', invoice_number: 'INV-2031', ...jane, total: 480, status: 'paid', paid_at: '2026-03-20T17:45:30Z' },
  ),
  proposal_created: legacy('Proposals', 'A legacy internal proposal is generated.', z.looseObject({ ...proposal, created_at: time }), {
    id: 'prop_xyz789', ...jane, total: 2500, status: 'draft', created_at: '2026-03-07T10:15:00Z',
  }),
  proposal_sent: legacy('Proposals', 'A legacy internal proposal is delivered.', z.looseObject({ ...proposal, sent_at: time }), {
    id: 'prop_xyz789', ...jane, total: 2500, status: 'sent', sent_at: '2026-03-07T10:20:00Z',
  }),
  proposal_accepted: legacy('Proposals', 'A legacy internal proposal is accepted.', z.looseObject({ ...proposal, accepted_at: time }), {
    id: 'prop_xyz789', ...jane, total: 2500, status: 'accepted', accepted_at: '2026-03-08T14:29:45Z',
  }),
  proposal_declined: legacy(
    'Proposals', 'A legacy internal proposal is declined.',
    z.looseObject({ ...proposal, declined_at: time, reason: z.string().optional() }),
    { id: 'prop_xyz789', ...jane, total: 2500, status: 'declined', declined_at: '2026-03-08T14:29:45Z', reason: 'Went with another vendor' },
  ),
  estimate_created: legacy('Estimates', 'A legacy estimate-created event for older integrations.', z.looseObject({ ...estimate, created_at: time }), {
    id: 'est_51c07a', estimate_number: 'EST-1042', ...jane, total: 480, status: 'draft', created_at: '2026-03-08T14:29:45Z',
  }),
  job_completed: legacy('Jobs', 'A legacy job-completed event for older integrations.', z.looseObject({ ...job, completed_at: time }), {
    id: 'job_2b9e44', ...jane, title: 'Quarterly window cleaning', status: 'completed', completed_at: '2026-03-16T11:40:05Z',
  }),
  bug_report_created: legacy(
    'App', 'A bug report is submitted through the in-app reporting flow.',
    z.looseObject({ id, title: z.string(), description: z.string(), reported_by: z.string().optional(), created_at: time }),
    {
      id: 'bug_19ac55', title: 'Calendar does not load', description: 'The week view stays empty after the last update.',
      reported_by: 'jane@example.com', created_at: '2026-03-08T14:29:45Z',
    },
  ),
};

/** One of the 15 event types. */
export type EventType = keyof typeof catalogue;

/** The `data` of an event type. Unknown fields pass. */
export type EventData<T extends EventType> = z.infer<(typeof catalogue)[T]['data']>;

/** Every event type, in the order in which the page lists them. */
export const eventTypes = Object.keys(catalogue) as EventType[];

/** True for a string that is exactly one of the event types. */
export function isEventType(value: unknown): value is EventType {
  return typeof value === 'string' && Object.hasOwn(catalogue, value);
}

/** The JSON Schema (draft 2020-12) of an event type's `data`. */
export function dataSchemaOf(type: EventType): Record<string, unknown> {
  return z.toJSONSchema(catalogue[type].data) as Record<string, unknown>;
}

/** The time at which every example event is said to have occurred. */
const exampleTimestamp = '2026-03-08T14:30:00Z';

/** The whole body that a receiver gets for the example of an event type. */
export function examplePayloadOf(type: EventType): { event: EventType; timestamp: string; data: Record<string, unknown> } {
  return { event: type, timestamp: exampleTimestamp, data: catalogue[type].example };
}

const testMark = { test: true, message: 'This is a test webhook from CleanEstimate Pro' };

/**
 * What Send Test delivers. `estimate.created`, which it is unless another type is asked for, has the payload of CE Pro's
 * article; every other type has its example, marked as a test. Whether the endpoint subscribes to the type does not matter.
 */
export function testPayload(now: Date, event: EventType = 'estimate.created'): { event: EventType; timestamp: string; data: Record<string, unknown> } {
  const timestamp = now.toISOString();
  if (event !== 'estimate.created') return { event, timestamp, data: { ...testMark, ...catalogue[event].example } };
  return {
    event,
    timestamp,
    data: {
      ...testMark,
      estimate_id: '00000000-0000-0000-0000-000000000000',
      estimate_number: 'TEST-001',
      customer_name: 'Test Customer',
      total: 250.0,
    },
  };
}
