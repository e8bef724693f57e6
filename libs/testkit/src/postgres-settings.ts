/**
 * Settings beyond Postgres' defaults, as arguments. Those of a server that is not durable lose nothing when the process alone
 * dies.
 */
export function postgresSettings({ durable }: { readonly durable: boolean }): string[] {
  const common = ['max_connections=200', 'timezone=UTC', 'log_timezone=UTC', 'lc_messages=C'];
  const fast = ['fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_wal_size=512MB', 'autovacuum_naptime=5s'];
  return (durable ? common : [...common, ...fast]).flatMap((setting) => ['-c', setting]);
}

/** How a cluster's text is stored and ordered: the same on every system, without its locales. */
export const initdbArguments = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
