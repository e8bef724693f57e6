import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createInbox, nkeyAuthenticator, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

const retryDelayMs = 1_000;
/** A server that has vanished without a word is noticed when two of these were not answered. */
const pingIntervalMs = 10_000;

export interface NatsOptions {
  /** `nats://host:4222`, several separated by commas. */
  readonly url: string;
  /** The name under which the server lists the connection. */
  readonly name: string;
  /** As whom. Default: the user and password that stand in the address, if any. */
  readonly nkey?: NatsKey | undefined;
}

/** The key of a user of ours, whose permissions are declared in `permissions.ts`. */
export interface NatsKey {
  /** Answers come to inboxes of this user's, which the server lets nobody else read. */
  readonly user: string;
  /** The NKEY's seed: a secret. */
  readonly seed: string;
}

/** Where a user's inboxes begin. Not `_INBOX.`, which is open to whoever may read that. */
export function inboxPrefixOf(user: string): string {
  return `_INBOX_${user}`;
}

/** A new inbox of the connection's user. */
export function inboxOf(connection: NatsConnection): string {
  // The client has its options, though its type does not say so.
  return createInbox((connection as { options?: ConnectionOptions }).options?.inboxPrefix);
}

/** The client's options from addresses. User, password and TLS are those of the first, for all; reconnecting never ends. */
export function connectionOptions({ url, name, nkey }: NatsOptions): ConnectionOptions {
  const servers = url.split(',').map((server) => new URL(server.trim()));
  const [first] = servers;
  return {
    servers: servers.map(({ host }) => host),
    name,
    ...(nkey && { inboxPrefix: inboxPrefixOf(nkey.user), authenticator: nkeyAuthenticator(new TextEncoder().encode(nkey.seed)) }),
    ...(!nkey && first?.username && { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }),
    ...(first?.protocol === 'tls:' && { tls: {} }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: retryDelayMs,
    pingInterval: pingIntervalMs,
    // Only the addresses that were configured: in Kubernetes those that a cluster gossips may not be reachable.
    ignoreClusterUpdates: true,
    // Otherwise the client takes a stack trace for every request, in case it fails: a twentieth of a worker's time.
    noAsyncTraces: true,
  };
}

/** Connects, trying again every second until it works or the signal says stop. */
export async function connectNats(
  options: NatsOptions, { signal, onRetry }: { signal: AbortSignal; onRetry: (error: unknown) => void },
): Promise<NatsConnection> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await connect(connectionOptions(options));
    } catch (error) {
      onRetry(error);
      await sleep(retryDelayMs, undefined, { signal });
    }
  }
}
