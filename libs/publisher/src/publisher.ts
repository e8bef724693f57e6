import { setTimeout as sleep } from 'node:timers/promises';
import { streams, traceHeaders, type EventType } from '@cepro/contracts';
import { jetstream, type JetStreamClient, type PubAck } from '@nats-io/jetstream';
import { headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';
import { EventNotPublishedError } from './errors.ts';
import { eventMessage, type EventMessage, type WebhookEvent } from './event-message.ts';
import { isPermanent } from './permanent.ts';

export interface PublisherOptions {
  /**
   * The service that publishes, such as `invoices`: `[a-z0-9_-]{1,32}`. All services share one space of event ids, in
   * which this keeps them apart.
   */
  readonly domain: string;
  /** How long to go on trying before giving up, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Called for each failed try that another one follows; `attempt` counts from 1. */
  readonly onRetry?: ((error: unknown, attempt: number) => void) | undefined;
}

export interface PublishOptions {
  /** Gives up at once: the promise then rejects with the signal's reason. The event may be stored all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** The server's word that the event is stored. */
export interface Published {
  /** Its place in the stream `CEPRO_EVENTS`. */
  readonly sequence: number;
  /** True if an event with this id was stored before, at that place, and this one was dropped. */
  readonly duplicate: boolean;
}

/** How long the server has for its answer. What is sent while the connection is lost never arrives, so not for long. */
const answerMs = 2_000;
const firstPauseMs = 50;
const longestPauseMs = 2_000;
/** A try with less time than this tells nothing: its time-out would hide why the ones before failed. */
const shortestTryMs = 250;
const longestTimerMs = 2 ** 31 - 1;

/** Publishes a domain service's events, from which CE Pro's webhooks are made. */
export class WebhooksPublisher {
  readonly #js: JetStreamClient;
  readonly #domain: string;
  readonly #timeoutMs: number;
  readonly #onRetry: PublisherOptions['onRetry'];

  /**
   * @param connection Yours: it is neither opened nor closed here.
   * @throws RangeError when an option is not usable.
   */
  constructor(connection: NatsConnection, { domain, timeoutMs = 30_000, onRetry }: PublisherOptions) {
    if (typeof domain !== 'string' || !/^[a-z0-9_-]{1,32}$/.test(domain)) throw new RangeError('domain must match [a-z0-9_-]{1,32}');
    if (!(timeoutMs > 0 && timeoutMs <= longestTimerMs)) throw new RangeError(`timeoutMs must be between 1 and ${longestTimerMs}`);
    this.#js = jetstream(connection);
    this.#domain = domain;
    this.#timeoutMs = timeoutMs;
    this.#onRetry = onRetry;
  }

  /**
   * Says whether an event can be published, without publishing it: for a service that writes it down first.
   * @throws InvalidEventError with every fault at once.
   */
  check<T extends EventType>(event: WebhookEvent<T>): void {
    eventMessage(this.#domain, event);
  }

  /**
   * Publishes an event and resolves once the server has stored it. While the server is away, has no leader or a full
   * stream, it is tried again, for `timeoutMs` in all.
   * @throws InvalidEventError when nobody could ever get it; nothing was sent.
   * @throws EventNotPublishedError when the server did not acknowledge it. Publishing again with the same id is safe.
   */
  async publish<T extends EventType>(event: WebhookEvent<T>, { signal }: PublishOptions = {}): Promise<Published> {
    const message = eventMessage(this.#domain, event);
    const deadline = performance.now() + this.#timeoutMs;
    const remaining = () => deadline - performance.now();
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        const { seq, duplicate } = await orAborted(this.#try(message, Math.min(answerMs, remaining())), signal);
        return { sequence: seq, duplicate };
      } catch (error) {
        signal?.throwIfAborted();
        if (isPermanent(error)) throw new EventNotPublishedError(message.msgId, true, error);
        const pause = Math.min(pauseAfter(attempt), remaining() - shortestTryMs);
        if (pause < 0) throw new EventNotPublishedError(message.msgId, false, error);
        this.#onRetry?.(error, attempt);
        // Cut short by the signal, whose reason is thrown above.
        await sleep(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined);
      }
    }
  }

  #try({ subject, msgId, body, trace }: EventMessage, timeoutMs: number): Promise<PubAck> {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(traceHeaders(trace))) headers.set(name, value);
    return this.#js.publish(subject, body, {
      msgID: msgId,
      headers,
      // Whole milliseconds, and one at least: the client takes 0 for its own default.
      timeout: Math.max(1, Math.ceil(timeoutMs)),
      // An acknowledgement of another stream that took the subject would be no promise that webhooks are sent.
      expect: { streamName: streams.events },
    });
  }
}

/** Longer each time, up to two seconds, and never the same in two processes: they must not all come back at once. */
function pauseAfter(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + Math.random() / 2);
}

/** The promise's outcome, or a rejection with the signal's reason if that comes first. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
