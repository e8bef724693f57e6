import { errors, type NatsConnection } from '@nats-io/transport-node';

/** In words, what the server does not permit, if that is what the error is about. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof errors.PermissionViolationError)) return undefined;
  const { operation, subject, queue } = error;
  return `NATS does not permit it to ${operation === 'publish' ? 'publish' : 'subscribe'} to ${subject}${queue ? ` in the queue ${queue}` : ''}`;
}

/** Resolves with the first thing that the server refuses to let a connection do; with `undefined` once it is closed. */
export async function firstRefusal(connection: NatsConnection): Promise<string | undefined> {
  for await (const status of connection.status()) {
    const refusal = status.type === 'error' ? refusalOf(status.error) : undefined;
    if (refusal) return refusal;
  }
  return undefined;
}
