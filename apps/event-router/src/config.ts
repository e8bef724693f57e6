import { readEnvironment, serviceVariables, traceVariables, variable } from '@cepro/service';

/** Every variable that the router reads. */
export const variables = {
  ...serviceVariables,
  ...traceVariables,
  MANAGEMENT_PORT: variable.port(9102),
  ROUTER_CONCURRENCY: variable.integer({ of: 'events routed at a time', min: 1, max: 4_000, fallback: 256 }),
};

export type Config = ReturnType<typeof readConfig>;

/** @throws InvalidEnvironmentError */
export function readConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(variables, env);
}
