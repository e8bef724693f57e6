import { setTimeout as sleep } from 'node:timers/promises';
import { decodeRouting, readDeadLetter, routerDurable, streams, workerDurable, type Result } from '@cepro/contracts';
import { ConfigFollower, firstRoutedMetadata, follow, Position, wire } from '@cepro/jetstream';
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { ConfigHistory } from '../ledger/config-history.ts';
import { readEntry } from '../ledger/entry.ts';
import type { Horizon, Ledger } from '../ledger/ledger.ts';

/** How far each stream was read, but for the configuration, which is read anew by every process. */
export interface Positions {
  readonly routings: number;
  readonly deliveries: number;
  readonly deadLetters: number;
}
type Source = keyof Positions;

export interface StreamsReaderOptions {
  readonly js: JetStreamClient;
  readonly ledger: Ledger;
  readonly history: ConfigHistory;
  readonly from: Positions;
  /** Called for a message that can't be read; it is passed over. */
  readonly onUnreadable: (where: { stream: string; sequence: number; subject: string }, reason: string) => void;
  /** Called when reading was interrupted and is about to go on. */
  readonly onInterrupted: (error: unknown) => void;
  /** Called with why nothing is read, while the configuration is too large for this process, and with `undefined` afterwards. */
  readonly onHeld: (reason: string | undefined) => void;
  /** Called now and then while a horizon waits for what is not read yet. */
  readonly onWaiting?: (what: string) => void;
}

/** A message, read: what is to be done with it, and the version of the configuration that must be known by then. */
interface Taking {
  readonly configVersion: number;
  readonly take: () => void;
}

const patienceMs = 5_000;
const lookMs = 50;

/** At most so many events are with the routers at a time: `max_ack_pending` of their consumer. */
const mostInHand = 5_000;

/** Reads everything that the ledger takes, stream by stream, for as long as it is told to. */
export class StreamsReader {
  readonly #config: ConfigFollower;
  readonly #positions: Record<Source, Position> = { routings: new Position(), deliveries: new Position(), deadLetters: new Position() };
  /** When the latest delivery message that was read had been stored, in milliseconds; infinity when there was none left to read. */
  #deliveriesReadTo = 0;

  constructor(private readonly options: StreamsReaderOptions) {
    const { history, from, onUnreadable, onInterrupted, onHeld } = options;
    for (const source of sources) this.#positions[source].reset(from[source]);
    this.#config = new ConfigFollower({
      apply: (change) => history.apply(change),
      onUnreadable: (subject, reason) => onUnreadable({ stream: streams.config, sequence: this.#config.position.sequence, subject }, reason),
      onInterrupted,
      onHeld,
    });
  }

  get positions(): Positions {
    const { routings, deliveries, deadLetters } = this.#positions;
    return { routings: routings.sequence, deliveries: deliveries.sequence, deadLetters: deadLetters.sequence };
  }

  /** Reads until the signal says stop. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#config.run(this.options.js, signal), ...sources.map((source) => this.#read(source, signal))]);
  }

  /**
   * What the services have settled, once everything was taken that was stored by then. The order is what makes the balance
   * true: a service stores what it has to say before it acknowledges, so what was acknowledged at first is said below the ends
   * that are asked for afterwards.
   * @throws Error if NATS does not answer, or a stream ends before what was read of it.
   */
  async horizon(signal: AbortSignal): Promise<Horizon & { readonly lastEvent: number }> {
    const { js, ledger } = this.options;
    const jsm = await js.jetstreamManager(false);
    const lastOf = async (stream: string) => (await jsm.streams.info(stream)).state.last_seq;
    const routed = (await jsm.consumers.info(streams.events, routerDurable)).ack_floor.stream_seq;
    const floors = new Map<string, number>();
    for await (const { name, ack_floor: floor } of jsm.consumers.list(streams.deliveries)) floors.set(name, floor.stream_seq);
    const before = { ...this.positions, config: this.#config.position.sequence, events: ledger.lastRouted };
    for (const source of [...sources, 'config', 'events'] as const) mustReach(streams[source], await lastOf(streams[source]), before[source]);
    const ends = await Promise.all(sources.map((source) => lastOf(streams[source])));
    const configEnd = await lastOf(streams.config);
    await Promise.all([
      ...sources.map((source, index) => this.#untilReached(streams[source], this.#positions[source], ends[index]!, signal)),
      this.#untilReached(streams.config, this.#config.position, configEnd, signal),
    ]);
    return {
      routed,
      delivered: (lane, shard) => floorOf(floors, workerDurable(lane, shard)),
      routings: ends[sources.indexOf('routings')]!,
      lastEvent: await lastOf(streams.events),
    };
  }

  async #read(source: Source, signal: AbortSignal): Promise<void> {
    const { js, ledger, onInterrupted, onUnreadable } = this.options;
    const position = this.#positions[source];
    const stream = streams[source];
    for await (const { messages, reached, caughtUp } of follow(js, { stream, from: () => position.sequence + 1, signal, onInterrupted })) {
      const takings = messages.flatMap((message): Taking[] => {
        const read = this.#readers[source](message);
        if (read.ok) return read.value ? [read.value] : [];
        const { seq: sequence, subject } = message;
        onUnreadable({ stream, sequence, subject }, read.reason);
        return [{ configVersion: 0, take: () => ledger.takeUnreadable({ stream, sequence }) }];
      });
      const version = Math.max(0, ...takings.map(({ configVersion }) => configVersion));
      await this.#untilReached(streams.config, this.#config.position, version, signal);
      if (source === 'routings') await this.#untilDeliveriesAreRead(messages.at(-1)?.time.getTime() ?? 0, signal);
      if (signal.aborted) return;
      // In one go with the position, so that whoever keeps the books between two batches keeps what belongs together.
      for (const { take } of takings) take();
      position.advance(reached);
      if (source === 'deliveries') this.#deliveriesReadTo = caughtUp ? Number.POSITIVE_INFINITY : messages.at(-1)!.time.getTime();
    }
  }

  /**
   * A past is read about as it happened: an event's deliveries are stored before its routing. Routings, which are few and small, would
   * else be read long before, and each event be open until then.
   */
  async #untilDeliveriesAreRead(time: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#deliveriesReadTo < time) await sleep(lookMs, undefined, { signal }).catch(() => undefined);
  }

  async #untilReached(stream: string, position: Position, sequence: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await position.reached(sequence, patienceMs, signal))) {
      this.options.onWaiting?.(`waits for ${stream} up to ${sequence}; it was read up to ${position.sequence}`);
    }
  }

  readonly #readers: Readonly<Record<Source, (message: JsMsg) => Result<Taking | null>>> = {
    routings: ({ data, seq }) => {
      const routing = decodeRouting(data);
      if (!routing.ok) return routing;
      return { ok: true, value: { configVersion: routing.value.configVersion, take: () => this.options.ledger.takeRouting(routing.value, seq) } };
    },
    deliveries: (message) => {
      const read = readEntry(wire(message), message.seq);
      if (!read.ok || read.value === null) return read.ok ? { ok: true, value: null } : read;
      const entry = read.value;
      return { ok: true, value: { configVersion: entry.what === 'scheduled' ? entry.configVersion : 0, take: () => this.options.ledger.take(entry) } };
    },
    deadLetters: (message) => {
      const letter = readDeadLetter(wire(message));
      return letter.ok ? { ok: true, value: { configVersion: 0, take: () => this.options.ledger.takeDeadLetter(letter.value) } } : letter;
    },
  };
}

const sources = ['routings', 'deliveries', 'deadLetters'] as const satisfies readonly Source[];

/** Everything from the beginning. */
export const fromTheBeginning: Positions = { routings: 0, deliveries: 0, deadLetters: 0 };

/** Where a ledger begins that nothing is kept of. */
export interface Beginning {
  /** The last event that it does not judge. */
  readonly routed: number;
  /** No event that it judges was stored before this, in milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Where a ledger that begins now begins. Events are not judged that were routed before routings were noted, or whose routings the
 * stream has forgotten, or that the stream of events has forgotten itself.
 */
export async function beginning(js: JetStreamClient): Promise<Beginning> {
  const jsm = await js.jetstreamManager(false);
  const [{ state: events }, routings] = await Promise.all([jsm.streams.info(streams.events), jsm.streams.info(streams.routings)]);
  const noted = Number(routings.config.metadata?.[firstRoutedMetadata]) || 1;
  const first = Math.max(1, noted, events.first_seq, await firstWithRouting(jsm, routings.state.first_seq, events.first_ts));
  // Not later than that of the first one that is judged; the events themselves are nothing for the ledger to read.
  return { routed: first - 1, since: Math.max(0, Date.parse(events.first_ts)) };
}

/** The first event whose routing is surely held, where routings are kept for less long than events; else 0. */
async function firstWithRouting(jsm: JetStreamManager, firstRouting: number, firstEventAt: string): Promise<number> {
  if (firstRouting <= 1) return 0;
  const message = await jsm.streams.getMessage(streams.routings, { seq: firstRouting });
  const routing = message && decodeRouting(message.data);
  if (!routing?.ok || message!.time.getTime() < Date.parse(firstEventAt)) return 0;
  // Routings are noted about in the order of the events, and never by more apart than the routers have in hand.
  return routing.value.sequence + mostInHand;
}

/** What a stream takes from its end on would be taken for what was read already. */
function mustReach(stream: string, end: number, read: number): void {
  if (end >= read) return;
  throw new Error(`${stream} was read up to ${read}, and ends at ${end}: it has lost messages, or comes from a backup; drop the schema ledger to begin anew`);
}

/** Without its consumer nobody works on a shard, and nobody can tell what is settled there. */
function floorOf(floors: ReadonlyMap<string, number>, durable: string): number {
  const floor = floors.get(durable);
  if (floor === undefined) throw new Error(`consumer ${durable} of ${streams.deliveries} is missing; run the provisioning command`);
  return floor;
}
