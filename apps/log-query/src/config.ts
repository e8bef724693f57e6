import { accessVariables, checkAccess, readEnvironment, readParts, serviceVariables, traceVariables, variable } from '@cepro/service';

/** The variables of the commands that touch nothing but the database. */
export const databaseVariables = {
  DATABASE_URL: variable.url({ schemes: ['postgres:', 'postgresql:'] }),
  // One holds the lock of a migration while another one migrates.
  DATABASE_POOL_SIZE: variable.integer({ of: 'connections', min: 2, max: 1_000, fallback: 10 }),
} as const;

/** What the projections need to know. */
export const projectionVariables = {
  LOG_RETENTION_DAYS: variable.integer({ of: 'days', min: 1, max: 3_650, fallback: 30 }),
} as const;

/** The variables that only the service itself reads. */
export const httpVariables = {
  MANAGEMENT_PORT: variable.port(9104),
  HTTP_HOST: variable.text({ what: 'an address to listen on', fallback: '0.0.0.0' }),
  HTTP_PORT: variable.port(3002),
  DATABASE_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 100, max: 600_000, fallback: 5_000 }),
  HTTP_BODY_LIMIT_BYTES: variable.integer({ of: 'bytes', min: 1_024, max: 16 * 1024 * 1024, fallback: 65_536 }),
  ERASURE_SETTLE_MS: variable.integer({ of: 'milliseconds', min: 0, max: 86_400_000, fallback: 30_000 }),
} as const;

const ownVariables = { ...serviceVariables, ...traceVariables, ...databaseVariables, ...projectionVariables, ...httpVariables } as const;

/** Every variable that this service reads. */
export const variables = { ...ownVariables, ...accessVariables } as const;

/** The service's configuration, validated. */
export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the service's environment.
 * @throws InvalidEnvironmentError with every fault at once.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const { own, access } = readParts({
    own: () => readEnvironment(ownVariables, env),
    access: () => readEnvironment(accessVariables, env),
    // Asked of what stands there, so that it is told even if another variable is at fault.
    keys: () => checkAccess({ AUTH_AUDIENCE: '', AUTH_ISSUER: '', ...env }),
  });
  return { ...own, access };
}

/** What rebuilding the log needs: the streams, the database, what to keep, and how much to say. */
export const readRebuildConfig = (env: NodeJS.ProcessEnv) =>
  readEnvironment({ ...serviceVariables, ...databaseVariables, ...projectionVariables }, env);

/** What migrating needs. */
export const readMigrateConfig = (env: NodeJS.ProcessEnv) =>
  readEnvironment({ LOG_LEVEL: serviceVariables.LOG_LEVEL, ...databaseVariables }, env);
