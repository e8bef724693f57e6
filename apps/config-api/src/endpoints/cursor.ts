import { DomainError, isId } from '@cepro/contracts';

/** The cursor that goes on after an endpoint. Opaque to clients, so that the order may change without them. */
export function cursorAfter(endpointId: string): string {
  return Buffer.from(endpointId).toString('base64url');
}

/**
 * The endpoint after which a cursor goes on.
 * @throws DomainError `validation-failed` for what {@link cursorAfter} can't have made.
 */
export function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!isId('wh', id) || cursorAfter(id) !== cursor) {
    throw new DomainError('validation-failed', undefined, [{ field: 'cursor', message: 'must be the nextCursor of an earlier answer' }]);
  }
  return id;
}
