import { gaugeOf } from '@cepro/service';
import type { DataSource } from 'typeorm';

/** What the driver's pool tells of itself. */
interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Shows the connections of a service's data sources, all together, whenever metrics are asked for. They may open `max`. */
export function showPools(sources: readonly DataSource[], max: number): void {
  gaugeOf({ name: 'webhooks_database_connections_max', help: 'The most connections to the database that this process opens' }).set(max);
  gaugeOf({
    name: 'webhooks_database_connections',
    help: 'Connections to the database by what they do; waiting: callers that wait for one',
    labelNames: ['state'],
    collect() {
      const pools = sources.flatMap((source) => poolOf(source) ?? []);
      const sum = (count: (pool: Pool) => number) => pools.reduce((all, pool) => all + count(pool), 0);
      this.set({ state: 'idle' }, sum(({ idleCount }) => idleCount));
      this.set({ state: 'busy' }, sum(({ totalCount, idleCount }) => totalCount - idleCount));
      this.set({ state: 'waiting' }, sum(({ waitingCount }) => waitingCount));
    },
  });
}

/** `undefined` before the data source has reached the database, and after it was closed. */
function poolOf({ driver }: DataSource): Pool | undefined {
  return (driver as { master?: Pool }).master;
}
