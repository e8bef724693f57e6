import { setImmediate } from 'node:timers/promises';
import { createInbox, errors, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@cepro/testkit';

/** Something that a user tries: to publish on a subject, or to subscribe to one. */
export type Attempt =
  | { readonly publish: string; readonly body?: string; /** Whether somebody answers who is there to be asked. */ readonly answered?: boolean }
  | { readonly subscribe: string; readonly queue?: string };

/** What came of attempts that belong together, by their name. */
export interface Outcome {
  readonly allowed: readonly string[];
  /** Of which some attempts were refused and others not. */
  readonly mixed: readonly string[];
}

/**
 * Tries everything, each attempt once, and tells what the server did not refuse. What it did not refuse and is to be answered must be
 * answered: so that nothing counts as allowed only because it leads nowhere.
 */
export async function attempt(connection: NatsConnection, inboxPrefix: string, named: Readonly<Record<string, readonly Attempt[]>>): Promise<Outcome> {
  const refused = new Set<string>();
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && status.error instanceof errors.PermissionViolationError) refused.add(keyOf(status.error));
    }
  })();
  const inbox = createInbox(inboxPrefix);
  const answered = new Set<string>();
  const replies = new Map<string, string>();
  for (const each of Object.values(named).flat()) {
    if ('publish' in each) {
      const reply = `${inbox}.${replies.size}`;
      replies.set(each.publish, reply);
      // One for each: a message that a consumer sends comes under its own subject.
      connection.subscribe(reply, { callback: () => void answered.add(reply) });
      connection.publish(each.publish, each.body ?? '', { reply });
    } else {
      const subscription = connection.subscribe(each.subscribe, { ...(each.queue && { queue: each.queue }), callback: () => undefined });
      subscription.unsubscribe();
    }
  }
  // The server says what it refuses before it answers this.
  await connection.flush();
  await setImmediate();
  const isRefused = (each: Attempt) => refused.has('publish' in each ? keyOf({ operation: 'publish', subject: each.publish }) : keyOf({ operation: 'subscription', subject: each.subscribe, queue: each.queue }));
  const toBeAnswered = Object.values(named).flat().filter((each) => 'publish' in each && each.answered && !isRefused(each)) as { publish: string }[];
  await eventually(() => {
    const silent = toBeAnswered.filter(({ publish }) => !answered.has(replies.get(publish)!));
    if (silent.length > 0) throw new Error(`nobody has answered ${silent.map(({ publish }) => publish).join(', ')}`);
  }, { timeoutMs: 20_000 });
  const names = Object.keys(named);
  return {
    allowed: names.filter((name) => !named[name]!.some(isRefused)),
    mixed: names.filter((name) => named[name]!.some(isRefused) && !named[name]!.every(isRefused)),
  };
}

function keyOf({ operation, subject, queue }: { operation: string; subject: string; queue?: string | undefined }): string {
  return `${operation} ${subject} ${queue ?? ''}`;
}
