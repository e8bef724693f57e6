import { setTimeout as sleep } from 'node:timers/promises';
import { headers as natsHeaders, nuid } from '@nats-io/transport-node';
import {
  AckPolicy, DeliverPolicy, JetStreamApiError, type JetStreamClient, type JsMsg, type StoredMsg,
} from '@nats-io/jetstream';
import type { AckedPublisher, StoredAt } from './batching-publisher.ts';
import { dedupeWindowMs } from './topology.ts';
import type { WorkMessage } from './work-message.ts';

/** JetStream's error codes that this system acts on (nats-server, errors.json). */
export const apiErrors = { wrongLastSequence: 10071, wrongLastSequenceConstant: 10164, rollupFailed: 10111 } as const;

/** A message to be stored, under an id by which storing it again does nothing. */
export interface MessageToStore {
  readonly subject: string;
  readonly data: Uint8Array | string;
  readonly msgId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StoreOptions {
  /** Ends the attempts: the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called for each failed try, before the next one; `attempt` counts from 1. */
  readonly onRetry?: (error: unknown, attempt: number) => void;
  /**
   * Where the message would be, had an earlier try stored it and only its acknowledgement been lost. Asked before a try that
   * comes so late that the server may have forgotten the id by then; without it such a try may store the message again.
   */
  readonly find?: (since: number) => Promise<number | undefined>;
}

/** How far the clocks of the services and of the server may be apart. */
const clockMarginMs = 60_000;

/** How long the server may be silent while messages are read before reading fails. */
const scanIdleMs = 10_000;

const firstDelayMs = 50;
const longestDelayMs = 5_000;

/**
 * Does something until it works, waiting longer each time, up to five seconds: for as long as the server is away, full
 * or electing a leader.
 */
export async function keepTrying<T>(work: () => Promise<T>, { signal, onRetry }: StoreOptions = {}): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      onRetry?.(error, attempt);
      await sleep(Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs), undefined, { signal });
    }
  }
}

/**
 * Stores a message and resolves with its acknowledgement, trying until it works. A `duplicate` acknowledgement is
 * success: its `seq` is that of the message stored first.
 */
export function store(to: AckedPublisher, message: MessageToStore, options: StoreOptions = {}): Promise<StoredAt> {
  const { subject, data, msgId, headers } = message;
  const since = Date.now();
  const begunAt = performance.now();
  // The time of day may be set back, and the other one stands still while the machine sleeps.
  const tookMs = () => Math.max(performance.now() - begunAt, Date.now() - since);
  const publish = () => to.publish(subject, data, { msgID: msgId, headers: toHeaders(headers) });
  const publishUnlessFound = async () => {
    const seq = await options.find?.(since);
    return seq === undefined ? await publish() : { seq, duplicate: true };
  };
  return keepTrying(() => (tookMs() > dedupeWindowMs / 2 ? publishUnlessFound() : publish()), options);
}

/** The promise's outcome, or a rejection with the signal's reason if that comes first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** NATS headers from plain ones, `undefined` if there are none. */
export function toHeaders(plain: Readonly<Record<string, string>> | undefined) {
  if (!plain) return undefined;
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(plain)) headers.set(name, value);
  return headers;
}

/**
 * The sequence under which a message with that id was stored on `subject` no earlier than `since` (milliseconds, by a
 * clock that may be a minute ahead of the server's), or `undefined`: how a process that takes over finds out what its
 * predecessor had done before it died.
 *
 * Within the dedupe window the server is asked by a publish that can't succeed: a known id is answered as a duplicate,
 * with its sequence, before the impossible header is looked at; an unknown one is refused and nothing is stored.
 * Beyond the window the headers of what is on `within` are read, which may be wider than `subject`.
 */
export async function findStored(
  js: JetStreamClient,
  { stream, subject, within = subject, msgId, since }: { stream: string; subject: string; within?: string; msgId: string; since: number },
): Promise<number | undefined> {
  const probed = await probe(js, subject, msgId);
  if (probed !== undefined) return probed;
  const ageMs = Date.now() - since;
  // Before it has begun is no age at all: our clock is behind.
  if (ageMs > -clockMarginMs && ageMs < dedupeWindowMs - clockMarginMs) return undefined;
  return await scan(js, stream, within, msgId, since - clockMarginMs);
}

// There is no rollup of this kind, so no stream takes the message, whatever it allows. Expectations of a last sequence or id
// would not do: a single server looks at the sequence before it looks for duplicates, and a replicated stream stops
// at an expected id that it does not find.
const impossible = { 'Nats-Rollup': 'none' };

async function probe(js: JetStreamClient, subject: string, msgId: string): Promise<number | undefined> {
  try {
    const ack = await js.publish(subject, '', { msgID: msgId, headers: toHeaders(impossible) });
    return ack.seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === apiErrors.rollupFailed) return undefined;
    throw error;
  }
}

async function scan(js: JetStreamClient, stream: string, subject: string, msgId: string, since: number): Promise<number | undefined> {
  const jsm = await js.jetstreamManager(false);
  const made = await jsm.consumers.add(stream, {
    // With a name the filter stands in the subject of the request, where permissions see it.
    name: nuid.next(),
    filter_subject: subject,
    headers_only: true,
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(since).toISOString(),
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: scanIdleMs * 1_000_000,
  });
  // Not the client's ordered consumer: with a start time it can't be made anew, and would wait for ever after a restart
  // of the server. This one fails instead, and the caller tries again.
  const consumer = js.consumers.getConsumerFromInfo(made);
  try {
    let unread = made.num_pending;
    let delivered = 0;
    while (unread > 0) {
      const before = delivered;
      for await (const message of await consumer.fetch({ max_messages: Math.min(unread, 1_000), expires: scanIdleMs / 2 })) {
        delivered += 1;
        if (message.info.deliverySequence !== delivered) throw new Error(`a message was lost on the way while ${subject} was read`);
        if (message.headers?.get('Nats-Msg-Id') === msgId) return message.seq;
        unread = message.info.pending;
      }
      if (delivered === before) throw new Error(`${subject} could not be read to its end`);
    }
    return undefined;
  } finally {
    // Many may be made in a short time, as after an outage: they are not left for the server to find.
    consumer.delete().catch(() => undefined);
  }
}

/** The sequence of the last message on a subject, which may have wildcards; 0 if there is none. The stream's leader is asked. */
export async function lastSequence(js: JetStreamClient, stream: string, subject: string): Promise<number> {
  const jsm = await js.jetstreamManager(false);
  return (await jsm.streams.getMessage(stream, { last_by_subj: subject }))?.seq ?? 0;
}

/** How many messages are asked for at a time. */
const heldBatch = 256;

/**
 * What a stream holds on a subject, which may have wildcards, in order, up to the last message that was there at the call:
 * batches may come from a replica that lags behind, so the stream's leader is asked how far there is to read.
 * @throws Error if it can't be read so far: the server does not answer, or something was removed meanwhile. Read it again then.
 */
export async function* readHeld(js: JetStreamClient, stream: string, subject: string): AsyncGenerator<StoredMsg> {
  const last = await lastSequence(js, stream, subject);
  const jsm = await js.jetstreamManager(false);
  for (let read = 0; read < last; ) {
    const before = read;
    for await (const message of await jsm.direct.getBatch(stream, { seq: read + 1, next_by_subj: subject, batch: heldBatch })) {
      read = message.seq;
      yield message;
    }
    if (read === before) throw new Error(`the messages of ${subject} could not be read up to ${last}`);
  }
}

/** True if something else was stored where nothing was to have been since it was read: what was expected no longer holds. */
export function isConflict(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === apiErrors.wrongLastSequence || error.code === apiErrors.wrongLastSequenceConstant);
}

/** The body of the message at a sequence, or `undefined` if it is no longer there. */
export async function readStored(js: JetStreamClient, stream: string, seq: number): Promise<Uint8Array | undefined> {
  const jsm = await js.jetstreamManager(false);
  const message = await jsm.streams.getMessage(stream, { seq });
  return message?.data;
}

/** A received message as the codecs of the contracts read it. */
export function wire(message: Pick<JsMsg | WorkMessage, 'subject' | 'data' | 'headers'>) {
  return {
    subject: message.subject,
    data: message.data,
    header: (name: string): string | undefined => message.headers?.get(name) || undefined,
  };
}
