import { decodeEndpointEvents, parseConfigSubject, streams, type EndpointChange } from '@cepro/contracts';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { follow } from './follow.ts';
import { Position } from './position.ts';
import { keepTrying, readStored } from './store.ts';

export interface ConfigFollowerOptions {
  /** Takes each change, in the stream's order. */
  readonly apply: (change: EndpointChange) => void;
  /** Called for a configuration message that can't be read; it is passed over. */
  readonly onUnreadable: (subject: string, reason: string) => void;
  /** Called when reading was interrupted and is about to go on. */
  readonly onInterrupted: (error: unknown) => void;
}

/** Keeps a process's picture of all endpoints up to date: reads the configuration from its beginning, then follows it. */
export class ConfigFollower {
  /** The sequence of the configuration stream up to which changes were taken. */
  readonly position = new Position();
  readonly #caughtUp = Promise.withResolvers<void>();
  #asking: Promise<void> | undefined;
  #askingNext: Promise<void> | undefined;

  constructor(private readonly options: ConfigFollowerOptions) {}

  /** Resolves once everything was read that the stream held at the start. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Reads until the signal says stop. */
  async run(js: JetStreamClient, signal: AbortSignal): Promise<void> {
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
      this.position.advance(reached);
      if (caughtUp) this.#caughtUp.resolve();
    }
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
