import { decodeRouting, readDeadLetter, routerDurable, streams, workerDurable, type Result } from '@cepro/contracts';
import { ConfigFollower, firstRoutedMetadata, follow, Position, wire } from '@cepro/jetstream';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
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
}

/** A message, read: what is to be done with it, and the version of the configuration that must be known by then. */
interface Taking {
  readonly configVersion: number;
  readonly take: () => void;
}

const patienceMs = 5_000;

/** Reads everything that the ledger takes, stream by stream, for as long as it is told to. */
export class StreamsReader {
  readonly #config: ConfigFollower;
  readonly #positions: Record<Source, Position> = { routings: new Position(), deliveries: new Position(), deadLetters: new Position() };

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
    const jsm = await this.options.js.jetstreamManager(false);
    const lastOf = async (stream: string) => (await jsm.streams.info(stream)).state.last_seq;
    const routed = (await jsm.consumers.info(streams.events, routerDurable)).ack_floor.stream_seq;
    const delivered = new Map<string, number>();
    for await (const { name, ack_floor: floor } of jsm.consumers.list(streams.deliveries)) delivered.set(name, floor.stream_seq);
    const before = this.positions;
    const ends = await Promise.all(sources.map((source) => lastOf(streams[source])));
    sources.forEach((source, index) => mustReach(streams[source], ends[index]!, before[source]));
    const waits = sources.map((source, index) => untilReached(this.#positions[source], ends[index]!, signal));
    await Promise.all([...waits, untilReached(this.#config.position, await lastOf(streams.config), signal)]);
    return {
      routed,
      delivered: (lane, shard) => delivered.get(workerDurable(lane, shard)) ?? 0,
      routings: ends[sources.indexOf('routings')]!,
      lastEvent: await lastOf(streams.events),
    };
  }

  async #read(source: Source, signal: AbortSignal): Promise<void> {
    const { js, onInterrupted, onUnreadable } = this.options;
    const position = this.#positions[source];
    const stream = streams[source];
    for await (const { messages, reached } of follow(js, { stream, from: () => position.sequence + 1, signal, onInterrupted })) {
      const takings = messages.flatMap((message) => {
        const taking = this.#readers[source](message);
        if (!taking.ok) onUnreadable({ stream, sequence: message.seq, subject: message.subject }, taking.reason);
        return taking.ok && taking.value ? [taking.value] : [];
      });
      await untilReached(this.#config.position, Math.max(0, ...takings.map(({ configVersion }) => configVersion)), signal);
      if (signal.aborted) return;
      // In one go with the position, so that whoever keeps the books between two batches keeps what belongs together.
      for (const { take } of takings) take();
      position.advance(reached);
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

/**
 * The last event that a ledger which begins now does not judge: those up to there were routed before routings were noted, or
 * the stream has forgotten them, and the routings may go as well.
 */
export async function lastUnjudged(js: JetStreamClient): Promise<number> {
  const jsm = await js.jetstreamManager(false);
  const [{ state }, { config }] = await Promise.all([jsm.streams.info(streams.events), jsm.streams.info(streams.routings)]);
  return Math.max(1, Number(config.metadata?.[firstRoutedMetadata] ?? 1), state.first_seq) - 1;
}

/** What a stream takes from its end on would be taken for what was read already. */
function mustReach(stream: string, end: number, read: number): void {
  if (end >= read) return;
  throw new Error(`${stream} was read up to ${read}, and ends at ${end}: it has lost messages, or comes from a backup; drop the schema ledger to begin anew`);
}

async function untilReached(position: Position, sequence: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await position.reached(sequence, patienceMs, signal)));
}
