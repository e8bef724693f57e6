import type { DatabaseSettings } from '@cepro/projection';
import { EndpointHealthRow } from './endpoint-health.entity.ts';
import { EndpointRow } from './endpoint.entity.ts';
import { CreateEndpoints1795507200000 } from '../migrations/1795507200000-create-endpoints.ts';
import { AddRateLimit1795593600000 } from '../migrations/1795593600000-add-rate-limit.ts';
import { WatchEndpoints1796112000000 } from '../migrations/1796112000000-watch-endpoints.ts';

/** The Postgres schema that this service owns. */
export const schema = 'config';

/** The service's database, as its environment describes it. */
export function databaseSettings(config: { readonly DATABASE_URL: string; readonly DATABASE_POOL_SIZE: number }): DatabaseSettings {
  return {
    url: config.DATABASE_URL,
    schema,
    poolSize: config.DATABASE_POOL_SIZE,
    entities: [EndpointRow, EndpointHealthRow],
    migrations: [CreateEndpoints1795507200000, AddRateLimit1795593600000, WatchEndpoints1796112000000],
  };
}
