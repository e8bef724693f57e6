import { errors, type NatsConnection } from '@nats-io/transport-node';

/** In words, what the server does not permit, if that is what the error is about. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof errors.PermissionViolationError)) return undefined;
  const { operation, subject, queue } = error;
  return `NATS does not permit it to ${operation === 'publish' ? 'publish' : 'subscribe'} to ${subject}${queue ? ` in the queue ${queue}` : ''}`;
}

/**
 * Tells what the server refuses to let a connection do, for as long as it is open; and `undefined` once it is connected anew, since
 * permissions change with that.
 */
export async function watchRefusals(connection: NatsConnection, tell: (refusal: string | undefined) => void): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'reconnect') tell(undefined);
    const refusal = status.type === 'error' ? refusalOf(status.error) : undefined;
    if (refusal) tell(refusal);
  }
}
