import { natsVariables, readEnvironment, serviceVariables, variable } from '@cepro/service';

const databaseVariables = {
  DATABASE_URL: variable.url({ schemes: ['postgres:', 'postgresql:'] }),
} as const;

/** Every variable that the ledger reads. */
export const variables = {
  ...serviceVariables,
  ...databaseVariables,
  MANAGEMENT_PORT: variable.port(9105),
  DATABASE_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 100, max: 600_000, fallback: 5_000 }),
  LEDGER_INTERVAL_MS: variable.integer({ of: 'milliseconds', min: 100, max: 600_000, fallback: 5_000 }),
  LEDGER_WATCH_INTERVAL_MS: variable.integer({ of: 'milliseconds', min: 100, max: 600_000, fallback: 5_000 }),
} as const;

export type Config = ReturnType<typeof readConfig>;

/** @throws InvalidEnvironmentError */
export function readConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(variables, env);
}

/** What checking needs: the streams are all it looks at. */
export const readCheckConfig = (env: NodeJS.ProcessEnv) => readEnvironment(natsVariables, env);

/** What migrating needs. */
export const readMigrateConfig = (env: NodeJS.ProcessEnv) => readEnvironment({ LOG_LEVEL: serviceVariables.LOG_LEVEL, ...databaseVariables }, env);
