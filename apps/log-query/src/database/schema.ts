import type { DatabaseSettings } from '@cepro/projection';
import { CreateLog1795507200000 } from '../migrations/1795507200000-create-log.ts';
import { CreateEvents1796198400000 } from '../migrations/1796198400000-create-events.ts';

/** The Postgres schema that this service owns. */
export const schema = 'log';

const migrations = [CreateLog1795507200000, CreateEvents1796198400000];

/** The service's database, as its environment describes it. Rows are written and read in sets, by SQL: there are no entities. */
export function databaseSettings(config: { readonly DATABASE_URL: string; readonly DATABASE_POOL_SIZE: number }): DatabaseSettings {
  return { url: config.DATABASE_URL, schema, poolSize: config.DATABASE_POOL_SIZE, entities: [], migrations };
}
