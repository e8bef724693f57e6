import type { EventTypeName, Outcome } from '../api/client.ts';

/** Which entries are wanted. Times are local, as `datetime-local` fields write them; empty for any. */
export interface Filters {
  readonly outcome: Outcome | '';
  readonly event: EventTypeName | '';
  readonly from: string;
  readonly to: string;
}

export const noFilters: Filters = { outcome: '', event: '', from: '', to: '' };

export const isFiltered = (filters: Filters): boolean => Object.values(filters).some(Boolean);

export const outcomes = ['Success', 'Failed', 'Retrying'] as const satisfies readonly Outcome[];

export interface FilterQuery {
  readonly outcome?: Outcome;
  readonly event?: EventTypeName;
  readonly from?: string;
  readonly to?: string;
}

/** The filters as the API wants them. A time that is not complete yet does not filter. */
export function queryOf({ outcome, event, from, to }: Filters): FilterQuery {
  const [begin, end] = [isoOf(from), isoOf(to)];
  return { ...(outcome && { outcome }), ...(event && { event }), ...(begin && { from: begin }), ...(end && { to: end }) };
}

/** The filters as a page's address holds them, from which {@link filtersIn} reads them. */
export function paramsOf(filters: Filters): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value));
}

/** The filters that a page's address holds. What is none is left out: an address may be anybody's. */
export function filtersIn(params: URLSearchParams): Filters {
  const time = (name: string) => (isoOf(params.get(name) ?? '') ? params.get(name)! : '');
  const event = params.get('event') ?? '';
  return {
    outcome: outcomes.find((each) => each === params.get('outcome')) ?? '',
    event: /^[a-z_.]{1,64}$/.test(event) ? event as EventTypeName : '',
    from: time('from'), to: time('to'),
  };
}

function isoOf(local: string): string | undefined {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local) ? new Date(local) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time.toISOString() : undefined;
}
