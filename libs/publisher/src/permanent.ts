import { JetStreamApiError } from '@nats-io/jetstream';

/** "Message with this id is in process": a copy of it is on its way into the stream (nats-server, errors.json). */
const inProcess = 10158;
const tooManyRequests = 429;

// By their names: the connection is the caller's and may come from another copy of the client, with classes of its own.
const permanent = new Set([
  'PermissionViolationError', 'ClosedConnectionError', 'DrainingConnectionError', 'InvalidArgumentError', 'InvalidSubjectError',
]);

/**
 * True for a failure that no further try will change. A server that is away, has no leader or a full stream, or where
 * nobody answers on the subject, can change without us.
 */
export function isPermanent(error: unknown): boolean {
  if (error instanceof JetStreamApiError) {
    return error.status >= 400 && error.status < 500 && error.status !== tooManyRequests && error.code !== inProcess;
  }
  if (!(error instanceof Error)) return false;
  return permanent.has(error.name) || isPermanent(error.cause);
}
