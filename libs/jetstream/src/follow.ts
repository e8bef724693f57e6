import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, type Consumer, type ConsumerMessages, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import { pullMs } from './pulling.ts';

export interface FollowOptions {
  readonly stream: string;
  /** Which subjects; all of the stream's if left out. */
  readonly subjects?: readonly string[];
  /** Without the bodies: they stay at the server, and messages are empty. */
  readonly headersOnly?: boolean;
  /** The first sequence wanted: asked again after every interruption. */
  readonly from: () => number | Promise<number>;
  readonly signal: AbortSignal;
  /** How many messages a batch may hold at most. */
  readonly maxBatch?: number;
  /** Called when reading was interrupted and is about to start again. */
  readonly onInterrupted?: (error: unknown) => void;
}

/** A piece of a stream, in order and without gaps. */
export interface Batch {
  readonly messages: readonly JsMsg[];
  /** The stream has been read up to here: the last message's sequence, or the stream's end where nothing was left to read. */
  readonly reached: number;
  /** True if nothing further was stored when the batch's last message was sent. */
  readonly caughtUp: boolean;
}

const restartDelayMs = 500;

/**
 * Reads a stream from a sequence on, for ever, in batches of whatever has arrived. An empty batch tells that there was
 * nothing to read at the start. Whatever interrupts it, it goes on at `from()`.
 */
export async function* follow(js: JetStreamClient, options: FollowOptions): AsyncGenerator<Batch> {
  const { signal, onInterrupted } = options;
  while (!signal.aborted) {
    try {
      yield* followOnce(js, options);
      if (!signal.aborted) onInterrupted?.(new Error('the consumer ended'));
    } catch (error) {
      if (signal.aborted) return;
      onInterrupted?.(error);
    }
    await sleep(restartDelayMs, undefined, { signal }).catch(() => undefined);
  }
}

async function* followOnce(js: JetStreamClient, { stream, subjects, headersOnly, from, signal, maxBatch = 1_000 }: FollowOptions): AsyncGenerator<Batch> {
  const start = await from();
  const jsm = await js.jetstreamManager(false);
  const end = (await jsm.streams.info(stream)).state.last_seq;
  // An ordered consumer: no acknowledgements, and it starts itself anew wherever it notices a gap.
  const consumer = await js.consumers.get(stream, {
    // A single one stands in the subject of the request, where permissions see it.
    ...(subjects && { filter_subjects: subjects.length === 1 ? subjects[0]! : [...subjects] }),
    ...(headersOnly && { headers_only: true }),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, start),
  });
  const progress: Progress = { handedOn: 0, caughtUp: (await consumer.info()).num_pending === 0 };
  if (progress.caughtUp) yield { messages: [], reached: Math.max(start - 1, end), caughtUp: true };
  const messages = await consumer.consume({ max_messages: buffered, expires: pullMs });
  const close = () => void messages.close();
  signal.addEventListener('abort', close, { once: true });
  // It may have come before anybody listened.
  if (signal.aborted) close();
  void closeIfLost(consumer, messages, progress);
  try {
    for await (const batch of inBatches(messages, maxBatch)) {
      if (signal.aborted) return;
      const last = batch.at(-1)!;
      const caughtUp = last.info.pending === 0;
      progress.handedOn += batch.length;
      progress.caughtUp = caughtUp;
      // The stream's last messages may have been purged: its end is reached without them.
      yield { messages: batch, reached: caughtUp ? Math.max(last.seq, end) : last.seq, caughtUp };
    }
  } finally {
    signal.removeEventListener('abort', close);
    await messages.close();
  }
}

const arrivalMs = 500;

/** How far a reading has come. */
interface Progress {
  handedOn: number;
  caughtUp: boolean;
}

/**
 * Closes a reading that lacks messages which the server has sent. An ordered consumer finds a gap by the message after
 * it; what went into a connection that broke may be the last for hours, and would be missing for so long. So whenever
 * the client asks for more (after each reconnect, and at least every half minute) what was sent is compared with what
 * has arrived. A reading that waits for messages which have been purged is closed too: what begins anew knows that it has
 * reached the end.
 */
async function closeIfLost(consumer: Consumer, messages: ConsumerMessages, progress: Progress): Promise<void> {
  let before = 0;
  let looking = false;
  let wanted = false;
  const look = async () => {
    while (wanted) {
      wanted = false;
      const { delivered, num_pending: toCome } = await consumer.info();
      await sleep(arrivalMs);
      const received = messages.getReceived();
      const waitsInVain = toCome === 0 && !progress.caughtUp && progress.handedOn === received;
      if (delivered.consumer_seq > received - before || waitsInVain) await messages.close();
    }
  };
  for await (const { type } of messages.status()) {
    if (type === 'ordered_consumer_recreated') before = messages.getReceived();
    if (type !== 'next') continue;
    wanted = true;
    if (looking) continue;
    looking = true;
    // If the server does not answer, the client will have to ask for more again.
    void look().catch(() => undefined).finally(() => { looking = false; });
  }
}

/** How many messages may wait in the client: with the largest events, 128 MiB. */
const buffered = 500;
/** A batch ends with the message that passes this. */
const maxBatchBytes = 8 * 1024 * 1024;

const nothing = Symbol('nothing has arrived');

/**
 * Groups what has arrived. How much of it waits is found out by looking for it: the client's `getPending` counts requests
 * of its own among the messages, and whoever waited for those would keep the end of a stream back.
 */
async function* inBatches(messages: AsyncIterable<JsMsg>, maxBatch: number): AsyncGenerator<JsMsg[]> {
  const iterator = messages[Symbol.asyncIterator]();
  const ask = () => {
    const answer = iterator.next();
    // Nobody may be left to hear how a reading ends that was broken off.
    answer.catch(() => undefined);
    return answer;
  };
  let next = ask();
  let batch: JsMsg[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const result = batch.length === 0 ? await next : await Promise.race([next, rightNow(nothing)]);
      if (result !== nothing) {
        if (result.done) return;
        next = ask();
        batch.push(result.value);
        bytes += result.value.data.byteLength;
        if (batch.length < maxBatch && bytes < maxBatchBytes) continue;
      }
      yield batch;
      batch = [];
      bytes = 0;
    }
  } finally {
    // Otherwise closing would wait for somebody to take the messages that have arrived. It is not waited for here: the
    // question under way is answered only by closing.
    void iterator.return?.();
  }
}

/** Resolves once everything that is ready has been looked at. */
function rightNow<T>(value: T): Promise<T> {
  return new Promise((resolve) => setImmediate(resolve, value));
}
