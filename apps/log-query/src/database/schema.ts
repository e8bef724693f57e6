import type { DatabaseSettings } from '@cepro/projection';
import { CreateLog1795507200000 } from '../migrations/1795507200000-create-log.ts';

/** The Postgres schema that this service owns. */
export const schema = 'log';

/** The service's database, as its environment describes it. Rows are written and read in sets, by SQL: there are no entities. */
export function databaseSettings(config: { readonly DATABASE_URL: string; readonly DATABASE_POOL_SIZE: number }): DatabaseSettings {
  return { url: config.DATABASE_URL, schema, poolSize: config.DATABASE_POOL_SIZE, entities: [], migrations: [CreateLog1795507200000] };
}
