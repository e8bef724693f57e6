import type { DatabaseSettings } from '@cepro/projection';
import { CreateLedger1796256000000 } from '../migrations/1796256000000-create-ledger.ts';
import { NoteRetrying1796342400000 } from '../migrations/1796342400000-note-retrying.ts';

/** The Postgres schema that this service owns. */
export const schema = 'ledger';

/** One connection keeps the books, the other one looks whether the database is there. */
const poolSize = 2;

/** The service's database, as its environment describes it. */
export function databaseSettings({ DATABASE_URL: url }: { readonly DATABASE_URL: string }): DatabaseSettings {
  return { url, schema, poolSize, entities: [], migrations: [CreateLedger1796256000000, NoteRetrying1796342400000] };
}
