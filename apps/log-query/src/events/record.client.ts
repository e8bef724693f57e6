import { Inject, Injectable } from '@nestjs/common';
import {
  accountConfigSubjects, DomainError, eventIdOf, readEvent, streams, timeOfId, type EndpointChange,
} from '@cepro/contracts';
import { keepTrying, orAborted, readChange, readHeld } from '@cepro/jetstream';
import { LOGGER, NatsClient, reasonOf, type Logger } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { evolvePast, type EndpointPast } from './verdict.ts';

/** How long the record may take to answer, in milliseconds. */
const patienceMs = 4_000;

/** An event as the log knows it. */
export interface KnownEvent {
  readonly accountId: string;
  readonly eventId: string;
  readonly sequence: number;
}

/**
 * Asks the streams themselves what no table keeps: what an event held, and how an account's endpoints once were.
 *
 * A history is read anew each time, and costs as much as the account has ever changed; so an account has one read at a
 * time, and its other questions wait: however many it asks, it takes no more than one reader of the stream.
 */
@Injectable()
export class RecordClient {
  readonly #reading = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * What receivers get of an event, `undefined` if the stream does not have it any more, or it is nothing that can be sent.
   * @throws DomainError `unavailable`
   */
  async payload({ accountId, eventId, sequence }: KnownEvent): Promise<string | undefined> {
    return await this.#ask(async (js) => {
      const message = await (await js.jetstreamManager(false)).streams.getMessage(streams.events, { seq: sequence });
      if (!message) return undefined;
      const storedAt = timeOfId(eventId);
      // A stream that was lost and made anew has other events under the same numbers. Times there have nanoseconds, which a
      // client may have rounded.
      const isThat = eventIdOf(sequence, storedAt) === eventId && Math.abs(message.time.getTime() - storedAt) <= 1;
      const event = readEvent({ subject: message.subject, data: message.data, sequence, storedAt });
      return isThat && event.ok && event.value.accountId === accountId ? Buffer.from(event.value.body).toString('utf8') : undefined;
    });
  }

  /**
   * The past of every endpoint that the account has or had, by its id, as of a version of the configuration.
   * @throws DomainError `unavailable`
   */
  async pasts(accountId: string, configVersion: number): Promise<Map<string, EndpointPast>> {
    return await this.#ask((js, signal) => this.#inTurn(accountId, () => readPasts(js, accountId, configVersion, signal), signal));
  }

  async #inTurn<T>(accountId: string, read: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#reading.get(accountId);
    const mine = (async () => {
      await before?.catch(() => undefined);
      signal.throwIfAborted();
      return await read();
    })();
    this.#reading.set(accountId, mine);
    try {
      return await mine;
    } finally {
      if (this.#reading.get(accountId) === mine) this.#reading.delete(accountId);
    }
  }

  async #ask<T>(question: (js: JetStreamClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = (async () => {
      const js = await this.nats.jetstream();
      // Something may have been erased while it was read, or a replica be a little late.
      return await keepTrying(() => question(js, signal), {
        signal,
        onRetry: (error) => this.logger.warn({ reason: reasonOf(error) }, 'the record could not be read; trying again'),
      });
    })();
    // When it fails after its time, nobody listens any more.
    answer.catch(() => undefined);
    try {
      return await orAborted(answer, signal);
    } catch (cause) {
      throw new DomainError('unavailable', 'The record can not be read at the moment.', undefined, { cause });
    }
  }
}

async function readPasts(js: JetStreamClient, accountId: string, configVersion: number, signal: AbortSignal): Promise<Map<string, EndpointPast>> {
  const pasts = new Map<string, EndpointPast>();
  for await (const message of readHeld(js, streams.config, accountConfigSubjects(accountId))) {
    signal.throwIfAborted();
    const read = readChange(message);
    // The router has passed over it too.
    if (!read.ok) continue;
    const change: EndpointChange = read.value;
    pasts.set(change.endpointId, evolvePast(pasts.get(change.endpointId), change, configVersion));
  }
  return pasts;
}
