import { parseEgressPolicy, parseNameServers, type EgressPolicy } from '@cepro/egress-guard';
import { parseKeyRing } from '@cepro/secrets';
import { readEnvironment, serviceVariables, traceVariables, variable } from '@cepro/service';

/** Every variable that the worker reads. */
export const variables = {
  ...serviceVariables,
  ...traceVariables,
  MANAGEMENT_PORT: variable.port(9103),
  SECRETS_KEY_RING: variable.parsed(parseKeyRing, { what: 'a key ring, kid:base64key[,kid:base64key…]' }),
  DELIVERY_CONCURRENCY: variable.integer({ of: 'deliveries in hand', min: 1, max: 10_000, fallback: 256 }),
  DELIVERY_SLOW_CONCURRENCY: variable.integer({ of: 'deliveries in hand in the slow lane', min: 1, max: 10_000, fallback: 64 }),
  DELIVERY_ENDPOINT_CONCURRENCY: variable.integer({ of: 'requests in flight to one endpoint', min: 1, max: 1_000, fallback: 64 }),
  DELIVERY_CIRCUIT_FAILURES: variable.integer({ of: 'failures in a row', min: 1, max: 1_000, fallback: 10 }),
  DELIVERY_RETRY_AFTER_MAX_MS: variable.integer({ of: 'milliseconds', min: 0, max: 3_600_000, fallback: 300_000 }),
  DELIVERY_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 1, max: 60_000, fallback: 10_000 }),
  DELIVERY_RETRY_DELAYS_MS: variable.integers({ of: 'milliseconds', fallback: '10000,60000,300000' }),
  DELIVERY_JITTER_PERCENT: variable.integer({ of: 'percent', min: 0, max: 50, fallback: 10 }),
  EGRESS_ALLOWED_CIDRS: variable.parsed((allowedCidrs) => parseEgressPolicy({ allowedCidrs }).allowedCidrs, { what: 'address ranges', fallback: '' }),
  EGRESS_ALLOWED_PORTS: variable.parsed((allowedPorts) => parseEgressPolicy({ allowedPorts }).allowedPorts, { what: 'ports', fallback: 'any' }),
  EGRESS_DNS_SERVERS: variable.optional(variable.parsed(parseNameServers, { what: 'name servers separated by commas' })),
};

export type Config = ReturnType<typeof readConfig>;

/** @throws InvalidEnvironmentError */
export function readConfig(env: NodeJS.ProcessEnv) {
  const config = readEnvironment(variables, env);
  const egress: EgressPolicy = { allowedCidrs: config.EGRESS_ALLOWED_CIDRS, allowedPorts: config.EGRESS_ALLOWED_PORTS };
  return { ...config, egress };
}
