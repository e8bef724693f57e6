import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEndpointEvents, parseConfigSubject, streams, type EndpointChange } from '@cepro/contracts';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { follow } from './follow.ts';
import { hasRoom, processHeap, type Heap } from './heap.ts';
import { Position } from './position.ts';
import { keepTrying, readStored } from './store.ts';

export interface ConfigFollowerOptions {
  /** Takes each change, in the stream's order. */
  readonly apply: (change: EndpointChange) => void;
  /** Called for a configuration message that can't be read; it is passed over. */
  readonly onUnreadable: (subject: string, reason: string) => void;
  /** Called when reading was interrupted and is about to go on. */
  readonly onInterrupted: (error: unknown) => void;
  /**
   * Drops everything that was made of the changes so far: they are about to be taken from the beginning. Without it that never
   * happens, and what has become too large goes on with more memory only.
   */
  readonly forget?: () => void;
  /** Called with what {@link ConfigFollower.held} says, now and then as long as it does, and with `undefined` when that is over. */
  readonly onHeld?: (reason: string | undefined) => void;
  /** Default: this process's. */
  readonly heap?: Heap;
}

/** How often it is looked whether there is memory again. */
const roomLookMs = 10_000;
/** How often, in those looks, the stream is looked at and the lack is told again. */
const looksPerReminder = 30;

/**
 * Keeps a process's picture of all endpoints up to date: reads the configuration from its beginning, then follows it. What is
 * too large for the process's memory is not read on, and whoever asks is told so, instead of dying of it again and again.
 */
export class ConfigFollower {
  /** The sequence of the configuration stream up to which changes were taken. */
  readonly position = new Position();
  readonly #heap: Heap;
  #held: string | undefined;
  /** How many messages the picture was made of. */
  #taken = 0;
  readonly #caughtUp = Promise.withResolvers<void>();
  #asking: Promise<void> | undefined;
  #askingNext: Promise<void> | undefined;

  constructor(private readonly options: ConfigFollowerOptions) {
    this.#heap = options.heap ?? processHeap;
  }

  /** Resolves once everything was read that the stream held at the start. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /**
   * Why what is known must not be used, if so: there was no memory for all of it. In words that say what to do. It goes on by itself
   * once there is memory, or less to read.
   */
  get held(): string | undefined {
    return this.#held;
  }

  /** Reads until the signal says stop. */
  async run(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#read(js, signal);
      if (!signal.aborted) await this.#hold(js, signal).catch(() => undefined);
    }
  }

  /** Reads on until there is no memory for more. */
  async #read(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    const batches = follow(js, {
      stream: streams.config,
      from: () => this.position.sequence + 1,
      signal,
      onInterrupted: this.options.onInterrupted,
    });
    for await (const { messages, reached, caughtUp } of batches) {
      for (const message of messages) {
        const change = readChange(message);
        if (change.ok) this.options.apply(change.value);
        else this.options.onUnreadable(message.subject, change.reason);
      }
      this.#taken += messages.length;
      this.position.advance(reached);
      if (!hasRoom(this.#heap)) return;
      if (!caughtUp) continue;
      this.#tell(undefined);
      this.#caughtUp.resolve();
    }
  }

  /**
   * Waits until there is memory again: work that was in hand has ended, perhaps. If the stream has become smaller than what was
   * taken of it, since endpoints were deleted, everything is forgotten and read anew.
   */
  async #hold(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    const megabytes = Math.floor(this.#heap.use().limit / (1024 * 1024));
    const reason = `the configuration needs more memory than the ${megabytes} MiB of heap that this process may use: `
      + 'raise --max-old-space-size in NODE_OPTIONS, and the container\'s limit with it';
    for (let looks = 0; ; looks += 1) {
      if (looks % looksPerReminder === 0) this.#tell(reason);
      await sleep(roomLookMs, undefined, { signal });
      if (hasRoom(this.#heap)) return;
      const left = await this.#messages(js).catch(() => this.#taken);
      if (!this.options.forget || left >= this.#taken) continue;
      this.options.forget();
      this.#taken = 0;
      return this.position.reset(0);
    }
  }

  async #messages(js: JetStreamClient): Promise<number> {
    return (await (await js.jetstreamManager(false)).streams.info(streams.config)).state.messages;
  }

  #tell(held: string | undefined): void {
    if (held === undefined && this.#held === undefined) return;
    this.#held = held;
    if (this.options.onHeld) this.options.onHeld(held);
    else if (held !== undefined) this.options.onInterrupted(new Error(held));
  }

  /**
   * Resolves when every change is taken that was acknowledged before this call, so that an event published after an
   * endpoint was saved is routed by what was saved. Calls that come together share one question to the server.
   */
  current(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    // A question under way may have been answered before the caller's event was stored: the next one counts.
    if (!this.#asking) return (this.#asking = this.#ask(js, signal));
    // Whatever came of that one: those who asked it hear of it.
    return (this.#askingNext ??= this.#asking.catch(() => undefined).then(() => {
      this.#askingNext = undefined;
      return (this.#asking = this.#ask(js, signal));
    }));
  }

  async #ask(js: JetStreamClient, signal: AbortSignal): Promise<void> {
    try {
      const { state } = await keepTrying(async () => (await js.jetstreamManager(false)).streams.info(streams.config), {
        signal,
        onRetry: this.options.onInterrupted,
      });
      if (await this.position.reached(state.last_seq, 5_000)) return;
      if (this.#held) throw new Error(this.#held);
      // A message that was removed by hand is never reached; one that is there must be.
      if (await readStored(js, streams.config, state.last_seq)) throw new Error('the configuration is not known up to its end');
      this.position.advance(state.last_seq);
    } finally {
      this.#asking = undefined;
    }
  }
}

/** The change that a message of the configuration stream holds, or why it can't be read. */
export function readChange({ subject, seq, data }: Pick<JsMsg, 'subject' | 'seq' | 'data'>) {
  const address = parseConfigSubject(subject);
  if (!address.ok) return address;
  const events = decodeEndpointEvents(data);
  if (!events.ok) return events;
  const value: EndpointChange = { ...address.value, version: seq, events: events.value };
  return { ok: true as const, value };
}
