import { faults, type Horizon, type Ledger, type Unaccounted } from './ledger.ts';
import type { OrderTotals } from './ledger-state.ts';

/** The most examples that a balance names. */
const mostExamples = 100;

/** What became of what was ordered: `ordered` is the sum of the rest. */
export interface OrdersBalance extends OrderTotals {
  readonly pending: number;
}

/** The books at a moment. Counts are since the ledger began. */
export interface Balance {
  /** When it was drawn: ISO 8601. */
  readonly at: string;
  /** True if everything adds up. */
  readonly balanced: boolean;
  readonly events: {
    readonly routed: number;
    /** Not yet routed. */
    readonly waiting: number;
    /** Put aside, by the router's reason. */
    readonly unusable: Readonly<Record<string, number>>;
    /** The sequence of `CEPRO_EVENTS` up to which the router has acknowledged everything. */
    readonly settledUpTo: number;
  };
  readonly deliveries: {
    /** What the events call for by the configuration that each was routed by. */
    readonly expected: number;
    readonly byEvent: OrdersBalance;
    readonly byHand: OrdersBalance;
    /** Of events from before the ledger began, which it does not judge. */
    readonly earlier: OrdersBalance;
    /** How many of the pending ones have failed so far and wait for their next attempt. */
    readonly retrying: number;
  };
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly unaccounted: Readonly<Record<Unaccounted['kind'], number>>;
  /** Some of what does not add up. */
  readonly examples: readonly Unaccounted[];
}

/** Draws the balance within a horizon. */
export function draw(ledger: Ledger, horizon: Horizon & { readonly lastEvent: number }, now: Date): Balance {
  const unaccounted = Object.fromEntries(faults.map((kind) => [kind, 0])) as Record<Unaccounted['kind'], number>;
  const examples: Unaccounted[] = [];
  for (const fault of ledger.unaccounted(horizon)) {
    unaccounted[fault.kind] += fault.kind === 'unrouted' ? fault.to - fault.from + 1 : 1;
    if (examples.length < mostExamples) examples.push(fault);
  }
  const { totals, waiting, pending, retrying } = ledger.figures(horizon.lastEvent);
  return {
    at: now.toISOString(),
    balanced: examples.length === 0,
    events: { routed: totals.routed, waiting, unusable: totals.unusable, settledUpTo: horizon.routed },
    deliveries: {
      expected: totals.expected,
      byEvent: { ...totals.orders.event, pending: pending.event },
      byHand: { ...totals.orders.hand, pending: pending.hand },
      earlier: { ...totals.orders.earlier, pending: pending.earlier },
      retrying,
    },
    deadLetters: totals.deadLetters,
    unaccounted,
    examples,
  };
}
