import { isId, isTimestamp } from '@cepro/contracts';

/** Where a page of the log ends: the last attempt's place in the order. */
export interface LogCursor {
  /** ISO 8601 in UTC, milliseconds. */
  readonly startedAt: string;
  readonly deliveryId: string;
  readonly attempt: number;
}

/** The cursor as clients see it. They are not to look inside. */
export function encodeCursor({ startedAt, deliveryId, attempt }: LogCursor): string {
  return Buffer.from(JSON.stringify([startedAt, deliveryId, attempt])).toString('base64url');
}

/** Reads a cursor; `undefined` for one that this service has not written. */
export function decodeCursor(text: string): LogCursor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [startedAt, deliveryId, attempt] = value as unknown[];
  if (!isTimestamp(startedAt) || !isId('dlv', deliveryId) || typeof attempt !== 'number') return undefined;
  const cursor = { startedAt, deliveryId, attempt };
  // Written again it must be the same: so much of base64 and JSON can be spelled in more than one way.
  const isWritten = new Date(startedAt).toISOString() === startedAt && encodeCursor(cursor) === text;
  // What Postgres would not take was never read from it: the year 0, and what is no positive integer.
  const isKnown = !startedAt.startsWith('0000') && Number.isInteger(attempt) && attempt > 0 && attempt < 2 ** 31;
  return isWritten && isKnown ? cursor : undefined;
}
