import { deliveryIdOf, timeOfId, type DeadLetter, type Lane, type Routing } from '@cepro/contracts';
import type { ConfigHistory } from './config-history.ts';
import { Coverage, type Gap } from './coverage.ts';
import type { Bearer, Entry } from './entry.ts';
import { emptyTotals, type LedgerState, type Order, type OrderedBy, type Totals, type Unreadable, type Unscheduled } from './ledger-state.ts';

/** What does not add up, by kind. The names are stable: operators alert on them. */
export const faults = ['unrouted', 'unscheduled', 'unwarranted', 'unfinished', 'doubled', 'unreasoned', 'unreadable'] as const;

/**
 * One thing that does not add up:
 * - `unrouted`: events that the router has acknowledged, and nobody knows what became of them.
 * - `unscheduled`: an endpoint that an event matched, and no delivery was scheduled.
 * - `unwarranted`: a delivery for an endpoint that its event did not match.
 * - `unfinished`: a delivery that did not come to its end, and whose message is acknowledged: nobody goes on with it.
 * - `doubled`: a delivery that was scheduled again before it had ended.
 * - `unreasoned`: an event that was put aside, and no dead letter says why.
 * - `unreadable`: a message of another version, or garbage: what it says is missing here.
 */
export type Unaccounted =
  | ({ readonly kind: 'unrouted' } & Gap)
  | {
    readonly kind: 'unscheduled' | 'unwarranted' | 'unfinished' | 'doubled';
    readonly deliveryId: string;
    readonly eventId: string;
    readonly endpointId: string;
    /** Of the message to look at: the event's in its stream if there is no delivery, else the delivery's in the deliveries' stream. */
    readonly sequence: number;
  }
  | { readonly kind: 'unreasoned'; readonly sequence: number }
  | ({ readonly kind: 'unreadable' } & Unreadable);

/** How many of what does not mend itself are kept by name. More than that is no longer a matter of single messages. */
const mostNamed = 1_000;

/** What a router that stood still schedules late is waited for so long, by the clock of the events' stream. */
const lateMs = 60 * 60 * 1_000;

/**
 * What the services had settled at a moment, and how far the streams went after it. Everything up to here must have been
 * taken before the balance is drawn.
 */
export interface Horizon {
  /** Every event up to this sequence is acknowledged by the router. */
  readonly routed: number;
  /** Every message of a shard up to this sequence is acknowledged by the workers. */
  delivered(lane: Lane, shard: number): number;
  /** The end of the routings. */
  readonly routings: number;
}

/**
 * The books of the whole line: what was accepted against what became of it. Takes every message of the streams once and in
 * their order, stream by stream, and keeps only what is still open.
 */
export class Ledger {
  readonly #coverage: Coverage;
  readonly #totals: Totals;
  /** Events whose routing was read before all their deliveries, by event. */
  readonly #unscheduled: Map<string, Unscheduled>;
  /** Endpoints that deliveries were scheduled for before the event's routing was read, by event. */
  readonly #early: Map<string, Set<string>>;
  readonly #unwarranted: Map<string, Order>;
  readonly #doubled: Map<string, Order>;
  readonly #unreadable: Unreadable[];
  readonly #since: number;
  /** Sequences of events that were put aside, and when that was read; `undefined` for one whose dead letter came first. */
  readonly #unreasoned: Map<number, number | undefined>;
  #routedTo: number;
  readonly #orders: Map<string, Order>;
  #changed = new Set<string>();
  #deletions = 0;

  constructor(private readonly history: ConfigHistory, state: LedgerState, orders: Iterable<Order> = []) {
    this.#coverage = new Coverage(state.coverage);
    this.#totals = structuredClone(state.totals);
    this.#unscheduled = new Map(state.unscheduled.map((event) => [event.eventId, { ...event, missing: [...event.missing] }]));
    this.#early = new Map(state.early.map(([eventId, endpointIds]) => [eventId, new Set(endpointIds)]));
    this.#unwarranted = new Map(state.unwarranted.map((order) => [order.deliveryId, order]));
    this.#doubled = new Map(state.doubled.map((order) => [order.deliveryId, order]));
    this.#unreadable = [...state.unreadable];
    this.#since = state.since;
    this.#unreasoned = new Map(state.unreasoned.map(([sequence, noted]) => [sequence, noted ?? undefined]));
    this.#routedTo = state.routedTo;
    this.#orders = new Map([...orders].map((order) => [order.deliveryId, order]));
  }

  /** Takes a routing, read at `noted` of its stream. The configuration must be known up to the routing's version. */
  takeRouting({ eventId, sequence, storedAt, accountId, eventType, configVersion, fault }: Routing, noted: number): void {
    const isLatest = sequence > this.#coverage.highest;
    const early = this.#early.get(eventId);
    this.#early.delete(eventId);
    // Noted again by a router that the event came to once more, or not judged.
    if (!this.#coverage.add(sequence)) return;
    if (isLatest) this.#routedTo = storedAt;
    if (fault !== null || accountId === null || eventType === null) {
      increment(this.#totals.unusable, fault ?? 'unknown');
      if (!this.#unreasoned.delete(sequence)) this.#unreasoned.set(sequence, noted);
      return;
    }
    this.#totals.routed += 1;
    const matching = this.history.matching(accountId, eventType, configVersion);
    this.#totals.expected += matching.length;
    const missing = matching.filter((endpointId) => !early?.has(endpointId));
    if (missing.length > 0) this.#unscheduled.set(eventId, { eventId, sequence, noted, missing });
  }

  /** Takes a dead letter. */
  takeDeadLetter({ kind, sequence, reason }: DeadLetter): void {
    increment(this.#totals.deadLetters, reason || 'none');
    // One that gives no reason leaves its event unreasoned.
    if (kind !== 'event' || !reason) return;
    if (this.#unreasoned.get(sequence) !== undefined) this.#unreasoned.delete(sequence);
    else if (sequence > this.#coverage.highest || this.#isGap(sequence)) this.#unreasoned.set(sequence, undefined);
  }

  /** Takes note of a message that can't be read. */
  takeUnreadable(message: Unreadable): void {
    if (this.#unreadable.length < mostNamed) this.#unreadable.push(message);
  }

  /** The highest event whose routing was read. */
  get lastRouted(): number {
    return this.#coverage.highest;
  }

  /** Takes what happened to a delivery. The configuration must be known up to the version that it was scheduled under. */
  take(entry: Entry): void {
    switch (entry.what) {
      case 'scheduled':
        return this.#scheduled(entry);
      case 'retry':
        return this.#open({ ...bare(entry), by: 'hand' });
      case 'diverted':
        return this.#handOver(entry);
      case 'retrying':
        return this.#putOff(entry.deliveryId);
      case 'succeeded':
      case 'failed':
        return this.#end(entry.deliveryId, entry.what);
      case 'cancelled':
        return this.#end(entry.deliveryId, `cancelled: ${entry.reason}`);
    }
  }

  /** Everything that does not add up within the horizon. */
  *unaccounted({ routed, routings, delivered }: Horizon): Generator<Unaccounted> {
    this.#closeDeleted();
    for (const gap of this.#coverage.missingUpTo(routed)) yield { kind: 'unrouted', ...gap };
    for (const { eventId, sequence, noted, missing } of this.#unscheduled.values()) {
      if (noted > routings) continue;
      for (const endpointId of missing) yield { kind: 'unscheduled', deliveryId: deliveryIdOf(eventId, endpointId), eventId, endpointId, sequence };
    }
    for (const [kind, orders] of [['unwarranted', this.#unwarranted], ['doubled', this.#doubled]] as const) {
      for (const { deliveryId, eventId, endpointId, sequence } of orders.values()) yield { kind, deliveryId, eventId, endpointId, sequence };
    }
    for (const { deliveryId, eventId, endpointId, lane, shard, sequence } of this.#orders.values()) {
      if (sequence <= delivered(lane, shard)) yield { kind: 'unfinished', deliveryId, eventId, endpointId, sequence };
    }
    for (const [sequence, noted] of this.#unreasoned) if (noted !== undefined && noted <= routings) yield { kind: 'unreasoned', sequence };
    for (const message of this.#unreadable) yield { kind: 'unreadable', ...message };
  }

  /** The figures, how many of the events up to `lastEvent` were not routed yet, and how many of the pending deliveries wait for a retry. */
  figures(lastEvent: number): { totals: Totals; waiting: number; pending: Record<OrderedBy, number>; retrying: number } {
    this.#closeDeleted();
    const waiting = this.#coverage.missingUpTo(lastEvent).reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const pending = { event: 0, hand: 0, earlier: 0 };
    let retrying = 0;
    for (const order of this.#orders.values()) {
      pending[order.by] += 1;
      if (order.retrying) retrying += 1;
    }
    return { totals: structuredClone(this.#totals), waiting, pending, retrying };
  }

  /** What has to be kept to go on from here: all of the state but the orders, and the orders that have changed since the last call. */
  changes(): { state: LedgerState; open: Order[]; closed: string[] } {
    this.#closeDeleted();
    this.#forgetLate();
    const changed = [...this.#changed];
    this.#changed = new Set();
    return {
      state: {
        since: this.#since,
        coverage: this.#coverage.state,
        totals: structuredClone(this.#totals),
        routedTo: this.#routedTo,
        unscheduled: [...this.#unscheduled.values()],
        early: [...this.#early].map(([eventId, endpointIds]) => [eventId, [...endpointIds]]),
        unwarranted: [...this.#unwarranted.values()],
        doubled: [...this.#doubled.values()],
        unreadable: [...this.#unreadable],
        unreasoned: [...this.#unreasoned].map(([sequence, noted]) => [sequence, noted ?? null]),
      },
      open: changed.flatMap((id) => this.#orders.get(id) ?? []),
      closed: changed.filter((id) => !this.#orders.has(id)),
    };
  }

  #scheduled({ accountId, eventType, configVersion, ...entry }: Extract<Entry, { what: 'scheduled' }>): void {
    const { deliveryId, eventId, endpointId } = entry;
    const order: Order = { ...bare(entry), by: timeOfId(eventId) < this.#since ? 'earlier' : 'event' };
    if (this.#orders.get(deliveryId)?.by === order.by) this.#name(this.#doubled, order);
    if (!this.history.isWarranted(accountId, endpointId, eventType, configVersion)) this.#name(this.#unwarranted, order);
    this.#open(order);
    if (this.#unscheduled.has(eventId)) this.#found(eventId, endpointId);
    else if (order.by === 'event') this.#early.set(eventId, (this.#early.get(eventId) ?? new Set()).add(endpointId));
  }

  #name(orders: Map<string, Order>, order: Order): void {
    if (orders.size < mostNamed) orders.set(order.deliveryId, order);
  }

  #open(order: Order): void {
    const before = this.#orders.get(order.deliveryId);
    if (!before) this.#totals.orders[order.by].ordered += 1;
    this.#set({ ...order, by: before?.by ?? order.by, retrying: before?.retrying ?? false });
    // Of one that is scheduled a moment after its endpoint was deleted, nobody hears again.
    if (this.history.isDeleted(order.endpointId)) this.#end(order.deliveryId, 'erased');
  }

  #handOver({ deliveryId, lane, shard, sequence }: Bearer & { deliveryId: string }): void {
    const order = this.#orders.get(deliveryId);
    if (order) this.#set({ ...order, lane, shard, sequence });
  }

  #putOff(deliveryId: string): void {
    const order = this.#orders.get(deliveryId);
    if (order && !order.retrying) this.#set({ ...order, retrying: true });
  }

  /** What ends twice, as when two workers had it, has ended the first time. */
  #end(deliveryId: string, how: string): void {
    const order = this.#orders.get(deliveryId);
    if (!order) return;
    increment(this.#totals.orders[order.by].ended, how);
    this.#orders.delete(deliveryId);
    this.#changed.add(deliveryId);
  }

  #set(order: Order): void {
    this.#orders.set(order.deliveryId, order);
    this.#changed.add(order.deliveryId);
  }

  /** Closes what was open of endpoints that were deleted, whose deliveries are erased. All at once: there may be many of either. */
  #closeDeleted(): void {
    if (this.#deletions === this.history.deletions) return;
    this.#deletions = this.history.deletions;
    for (const { deliveryId, endpointId } of this.#orders.values()) if (this.history.isDeleted(endpointId)) this.#end(deliveryId, 'erased');
    for (const named of [this.#unwarranted, this.#doubled]) {
      for (const { deliveryId, endpointId } of named.values()) if (this.history.isDeleted(endpointId)) named.delete(deliveryId);
    }
    for (const { eventId, missing } of this.#unscheduled.values()) {
      for (const endpointId of missing.filter((id) => this.history.isDeleted(id))) {
        this.#totals.expected -= 1;
        this.#found(eventId, endpointId);
      }
    }
  }

  #found(eventId: string, endpointId: string): void {
    const event = this.#unscheduled.get(eventId);
    if (!event) return;
    const missing = event.missing.filter((id) => id !== endpointId);
    if (missing.length > 0) this.#unscheduled.set(eventId, { ...event, missing });
    else this.#unscheduled.delete(eventId);
  }

  /**
   * A router that stood still may schedule a delivery when another one has long routed the event, by a newer configuration. No
   * routing will come that it belongs to.
   */
  #forgetLate(): void {
    for (const eventId of this.#early.keys()) if (timeOfId(eventId) < this.#routedTo - lateMs) this.#early.delete(eventId);
  }

  #isGap(sequence: number): boolean {
    return this.#coverage.missingUpTo(sequence).some(({ from, to }) => from <= sequence && sequence <= to);
  }
}

/** The state of a ledger that begins after the event at sequence `routed`, with events that were stored since then. */
export function emptyLedger({ routed, since }: { readonly routed: number; readonly since: number }): LedgerState {
  return {
    since, coverage: { highest: routed, gaps: [] }, totals: emptyTotals(), routedTo: 0,
    unscheduled: [], early: [], unwarranted: [], doubled: [], unreasoned: [], unreadable: [],
  };
}

/** What is kept of an entry that opens an order. */
function bare({ deliveryId, eventId, endpointId, lane, shard, sequence }: Omit<Order, 'by' | 'retrying'>): Omit<Order, 'by'> {
  return { deliveryId, eventId, endpointId, lane, shard, sequence, retrying: false };
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
