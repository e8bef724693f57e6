import type { CoverageState } from './coverage.ts';
import type { Bearer } from './entry.ts';

/** A delivery that must come to an end, because an event was routed, or because an admin asked for one more attempt. */
export interface Order extends Bearer {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly by: OrderedBy;
  /** It has failed so far, and waits for its next attempt. */
  readonly retrying: boolean;
}

/** Who asked for a delivery: an event, an admin by hand, or an event from before the ledger began, which it does not judge. */
export const orderedBy = ['event', 'hand', 'earlier'] as const;
export type OrderedBy = (typeof orderedBy)[number];

/** An event of which deliveries are missing. */
export interface Unscheduled {
  readonly eventId: string;
  readonly sequence: number;
  /** The sequence of its routing. */
  readonly noted: number;
  /** The endpoints that have none. */
  readonly missing: readonly string[];
}

/** What became of orders. */
export interface OrderTotals {
  ordered: number;
  /** `succeeded`, `failed`, `cancelled: <reason>`, `erased` with their endpoint. */
  ended: Record<string, number>;
}

/** The figures since the ledger began. */
export interface Totals {
  routed: number;
  /** Events that were put aside, by the router's reason. */
  unusable: Record<string, number>;
  /** How many deliveries the events call for by the configuration that each was routed by. */
  expected: number;
  orders: Record<OrderedBy, OrderTotals>;
  /** Dead letters, of events and of deliveries, by the reason that they give. */
  deadLetters: Record<string, number>;
}

export function emptyTotals(): Totals {
  const orders = (): OrderTotals => ({ ordered: 0, ended: {} });
  return { routed: 0, unusable: {}, expected: 0, orders: { event: orders(), hand: orders(), earlier: orders() }, deadLetters: {} };
}

/** A ledger as it is kept, but for its open orders. */
export interface LedgerState {
  /** No event that it judges was stored before this, in milliseconds since the epoch. */
  readonly since: number;
  readonly coverage: CoverageState;
  readonly totals: Totals;
  /** When the latest event that was routed had been stored, in milliseconds since the epoch. */
  readonly routedTo: number;
  readonly unscheduled: readonly Unscheduled[];
  readonly early: readonly (readonly [eventId: string, endpointIds: readonly string[]])[];
  readonly unwarranted: readonly Order[];
  readonly doubled: readonly Order[];
  readonly unreasoned: readonly (readonly [sequence: number, noted: number | null])[];
  readonly unreadable: readonly Unreadable[];
}

/** A message that the ledger could not read: what it says is missing from the books. */
export interface Unreadable {
  readonly stream: string;
  readonly sequence: number;
}
