import type { ConsumerInfo, JetStreamManager, MsgRequest, StoredMsg, StreamInfo } from '@nats-io/jetstream';

/** The first message that a stream holds behind a sequence, on any of some subjects; `undefined` if there is none. */
export async function firstAfter(jsm: JetStreamManager, stream: string, sequence: number, subjects: readonly string[] = ['>']): Promise<StoredMsg | undefined> {
  let first: StoredMsg | undefined;
  for (const subject of subjects) {
    // The server knows both together (nats-server, JSApiMsgGetRequest), the client's type only for direct questions.
    const message = await jsm.streams.getMessage(stream, { seq: sequence + 1, next_by_subj: subject } as MsgRequest);
    if (message && (!first || message.seq < first.seq)) first = message;
  }
  return first;
}

/**
 * How old a message was when the server answered, in seconds, never less than 0. Both times are the server's, whatever clock
 * this process has; only a server that does not say when it answered is taken at this one's.
 */
export function ageSeconds(answer: StreamInfo | ConsumerInfo, message: Pick<StoredMsg, 'time'> | undefined): number {
  if (!message) return 0;
  const { ts } = answer as { ts?: string };
  return Math.max(0, (ts === undefined ? Date.now() : Date.parse(ts)) - message.time.getTime()) / 1_000;
}
