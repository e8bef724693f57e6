import { Child } from '../child.ts';
import type { BareAnswers, PostQuestion } from './bare.process.ts';

/** How fast requests are made, and the CPU time of the process that makes them for each. */
export interface BareSpeed {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

/** Bare requests at full speed, in a new process each time. */
export async function barePosts(question: PostQuestion): Promise<BareSpeed> {
  const child = await Child.start<BareAnswers>(new URL('./bare.process.ts', import.meta.url));
  try {
    return await child.ask('post', question);
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
