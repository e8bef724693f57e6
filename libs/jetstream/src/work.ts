import { once } from 'node:events';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Crew } from './crew.ts';
import { Pulling } from './pulling.ts';
import type { WorkMessage } from './work-message.ts';

export interface WorkOptions {
  readonly stream: string;
  /** The durable consumer to take messages from; other processes may share it. */
  readonly durable: string;
  /** How many messages may be on their way to this process or wait in it for a place in the crew. */
  readonly prefetch: number;
  readonly crew: Crew;
  /** Stops taking messages. Those that wait are handed back in a moment; those being worked on are left to finish. */
  readonly stop: AbortSignal;
  /** Works on a message and settles it. */
  readonly handle: (message: WorkMessage) => Promise<void>;
  /** Called when taking messages was interrupted and is about to go on. */
  readonly onInterrupted: (error: Error) => void;
  /** As long as this is true no messages are taken; those that come all the same are handed back, for others to take. */
  readonly isHeld?: () => boolean;
}

/** When a message comes again that was handed back because nobody here may work on it: others may be able to. */
const heldMs = 10_000;

/** Takes messages from a durable consumer, until told to stop, as fast as the crew works on them. */
export async function work(connection: NatsConnection, options: WorkOptions): Promise<void> {
  const { stream, durable, prefetch, crew, stop, handle, onInterrupted, isHeld } = options;
  if (stop.aborted) return;
  const handBack: WorkMessage[] = [];
  const begin = (message: WorkMessage) => {
    pulling.makeRoom();
    if (!stop.aborted && isHeld?.()) return message.nak(heldMs);
    return stop.aborted ? void handBack.push(message) : handle(message);
  };
  const pulling = new Pulling(connection, { stream, durable, room: prefetch, onInterrupted, isHeld, onMessage: (message) => void crew.take(() => begin(message)) });
  await once(stop, 'abort');
  crew.unbound();
  await pulling.close();
  // Not before: the server would give them to a request of this process that still stands.
  for (const message of handBack) message.nak();
}
