import { DomainError } from '@cepro/contracts';
import type { Database } from '@cepro/projection';
import { QueryFailedError, type EntityManager } from 'typeorm';

/**
 * What Postgres answers when it is not there for us, by SQLSTATE: connection and resource troubles, a conflict with
 * another transaction, a shutdown, and tables that are missing, as they are for a moment when the log is rebuilt.
 */
const passing = /^(08|40|53|57|58)|^(3F000|42P01|55P03)$/;

/** True for an error that says nothing but that the database is away at the moment. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = sqlState(error);
  if (code) return passing.test(code);
  // Without an answer of Postgres: no connection, or it broke. Mistakes of our own have classes of their own.
  return !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError || error instanceof DomainError);
}

/** Asks the database for somebody who waits. @throws DomainError `unavailable` when it is away, or too slow. */
export async function asking<T>(database: Pick<Database, 'ask'>, question: (manager: EntityManager) => Promise<T>): Promise<T> {
  try {
    return await database.ask(question);
  } catch (error) {
    throw isUnavailable(error) ? new DomainError('unavailable', 'The log can not be read at the moment.', undefined, { cause: error }) : error;
  }
}

function sqlState(error: Error): string | undefined {
  const { code } = (error instanceof QueryFailedError ? error.driverError : error) as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
