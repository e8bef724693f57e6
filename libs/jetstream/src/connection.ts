import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

const retryDelayMs = 1_000;
/** A server that has vanished without a word is noticed when two of these were not answered. */
const pingIntervalMs = 10_000;

export interface NatsOptions {
  /** `nats://host:4222`, several separated by commas. */
  readonly url: string;
  /** The name under which the server lists the connection. */
  readonly name: string;
}

/** The client's options from addresses. User, password and TLS are those of the first, for all; reconnecting never ends. */
export function connectionOptions({ url, name }: NatsOptions): ConnectionOptions {
  const servers = url.split(',').map((server) => new URL(server.trim()));
  const [first] = servers;
  return {
    servers: servers.map(({ host }) => host),
    name,
    ...(first?.username && { user: decodeURIComponent(first.username), pass: decodeURIComponent(first.password) }),
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
