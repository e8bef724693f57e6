import type { EventTypeName, Outcome } from '../api/client.ts';

/** Which attempts are wanted. Times are local, as `datetime-local` fields write them; empty for any. */
export interface LogFilters {
  readonly outcome: Outcome | '';
  readonly event: EventTypeName | '';
  readonly from: string;
  readonly to: string;
}

export const noFilters: LogFilters = { outcome: '', event: '', from: '', to: '' };

export const outcomes = ['Success', 'Failed', 'Retrying'] as const satisfies readonly Outcome[];

export interface LogQuery {
  readonly outcome?: Outcome;
  readonly event?: EventTypeName;
  readonly from?: string;
  readonly to?: string;
}

/** The filters as the API wants them. A time that is not complete yet does not filter. */
export function queryOf({ outcome, event, from, to }: LogFilters): LogQuery {
  const [begin, end] = [isoOf(from), isoOf(to)];
  return { ...(outcome && { outcome }), ...(event && { event }), ...(begin && { from: begin }), ...(end && { to: end }) };
}

function isoOf(local: string): string | undefined {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local) ? new Date(local).toISOString() : undefined;
}
