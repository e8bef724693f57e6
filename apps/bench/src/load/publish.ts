import { setTimeout as sleep } from 'node:timers/promises';
import { toHeaders, type MessageToStore } from '@cepro/jetstream';
import type { JetStreamClient, PubAck } from '@nats-io/jetstream';
import { monotonicMs } from '../clock.ts';

/** How many messages may wait for their acknowledgement when as much as possible is published. */
const window = 512;
/** Beyond this the server is no longer there, and waiting for it would not be a measurement. */
const answerMs = 60_000;

function publish(js: JetStreamClient, { subject, data, msgId, headers }: MessageToStore): Promise<PubAck> {
  return js.publish(subject, data, { msgID: msgId, headers: toHeaders(headers), timeout: answerMs });
}

/**
 * Publishes everything, as fast as the server stores it, and returns the sequence of the last.
 * @throws Error when one was not stored.
 */
export async function publishAll(js: JetStreamClient, messages: Iterable<MessageToStore>, onProgress: (count: number) => void = () => undefined): Promise<number> {
  let last = 0;
  let count = 0;
  const iterator = messages[Symbol.iterator]();
  const one = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      const { seq } = await publish(js, next.value);
      last = Math.max(last, seq);
      count += 1;
      if (count % 10_000 === 0) onProgress(count);
    }
  };
  await Promise.all(Array.from({ length: window }, one));
  return last;
}

/** What came of publishing by a timetable. */
export interface Published {
  readonly count: number;
  /** How late each message was published by the timetable, in milliseconds: the publisher's own share of every latency. */
  readonly behind: number[];
}

/**
 * Publishes at a steady rate, by a timetable and never waiting for anything: whoever waits for an answer before it sends
 * the next message hides what the others would have waited ("coordinated omission"). Each message gets the time at which
 * it was due. Resolves when all are stored.
 * @throws Error when one was not stored.
 */
export async function publishAtRate(
  js: JetStreamClient, { perSecond, seconds, message, signal }: {
    perSecond: number; seconds: number; message: (index: number, dueAt: number) => MessageToStore; signal?: AbortSignal;
  },
): Promise<Published> {
  const total = Math.round(perSecond * seconds);
  const start = monotonicMs();
  const behind: number[] = [];
  const stored: Promise<unknown>[] = [];
  let failure: unknown;
  for (let index = 0; index < total && failure === undefined && !signal?.aborted;) {
    const dueAt = start + (index * 1_000) / perSecond;
    const now = monotonicMs();
    if (dueAt > now) {
      await sleep(dueAt - now);
      continue;
    }
    behind.push(now - dueAt);
    stored.push(publish(js, message(index, dueAt)).catch((error: unknown) => { failure ??= error; }));
    index += 1;
  }
  await Promise.all(stored);
  if (failure !== undefined) throw failure;
  return { count: behind.length, behind };
}

/**
 * Publishes as much as there is room for, asking again and again, until `seconds` are over; returns how much that was.
 * @param room how many more messages may be published right now.
 * @throws Error when one was not stored.
 */
export async function publishWithin(
  js: JetStreamClient, { seconds, room, message }: { seconds: number; room: (published: number) => Promise<number>; message: (index: number) => MessageToStore },
): Promise<number> {
  const end = monotonicMs() + seconds * 1_000;
  let published = 0;
  while (monotonicMs() < end) {
    const count = Math.min(await room(published), window);
    if (count <= 0) await sleep(5);
    else await publishAll(js, Array.from({ length: count }, (_, index) => message(published + index)));
    published += Math.max(0, count);
  }
  return published;
}
