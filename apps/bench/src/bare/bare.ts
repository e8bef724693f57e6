import { Child } from '../child.ts';
import type { BareAnswers, PostQuestion, ByJetStreamQuestion, Speed } from './bare.process.ts';

export type { Speed as BareSpeed } from './bare.process.ts';

/** Bare requests at full speed, in a new process each time. */
export function barePosts(question: PostQuestion): Promise<Speed> {
  return inNewProcess((child) => child.ask('post', question));
}

/** Requests at full speed that JetStream feeds and records, in a new process each time. */
export function barePostsByJetStream(question: ByJetStreamQuestion): Promise<Speed> {
  return inNewProcess((child) => child.ask('postByJetStream', question));
}

async function inNewProcess<T>(use: (child: Child<BareAnswers>) => Promise<T>): Promise<T> {
  const child = await Child.start<BareAnswers>(new URL('./bare.process.ts', import.meta.url));
  try {
    return await use(child);
  } finally {
    await child.stop();
  }
}

/** Starts a process that posts each message of a stream, whose durable consumer has the stream's name; returns how to end it. */
export async function startForwarding(question: Parameters<BareAnswers['forward']>[0]): Promise<() => Promise<void>> {
  const child = await Child.start<BareAnswers>(new URL('./bare.process.ts', import.meta.url));
  await child.ask('forward', question);
  return () => child.stop();
}
