import { InvalidEgressPolicyError, parseEgressPolicy, parseNameServers, type EgressPolicy } from '@cepro/egress-guard';
import { parseKeyRing } from '@cepro/secrets';
import {
  InvalidEnvironmentError, accessVariables, checkAccess, readEnvironment, readParts, serviceVariables, traceVariables, variable,
} from '@cepro/service';
import { mostFailed, mostGone } from './read-model/health.ts';

const tenYearsMs = 10 * 365 * 86_400_000;

/** The variables of the commands that touch nothing but the database. */
export const databaseVariables = {
  DATABASE_URL: variable.url({ schemes: ['postgres:', 'postgresql:'] }),
  // One holds the lock of a migration while another one migrates.
  DATABASE_POOL_SIZE: variable.integer({ of: 'connections', min: 2, max: 1_000, fallback: 10 }),
} as const;

/** The variables by which secrets are sealed. */
export const secretVariables = {
  SECRETS_KEY_RING: variable.parsed(parseKeyRing, { what: 'kid:key pairs, each key the base64 of 32 bytes, separated by commas' }),
} as const;

/** Where webhooks may go. Checked here when an endpoint is saved; the workers check again when they connect. */
export const egressVariables = {
  EGRESS_ALLOWED_CIDRS: variable.optional(variable.text({ what: 'ranges such as 10.0.0.0/8, separated by commas' })),
  EGRESS_ALLOWED_PORTS: variable.optional(variable.text({ what: 'ports separated by commas, or any' })),
  EGRESS_DNS_SERVERS: variable.optional(variable.parsed(parseNameServers, { what: 'host:port pairs separated by commas' })),
} as const;

/** The variables that only the service itself reads. */
export const httpVariables = {
  MANAGEMENT_PORT: variable.port(9101),
  HTTP_HOST: variable.text({ what: 'an address to listen on', fallback: '0.0.0.0' }),
  HTTP_PORT: variable.port(3001),
  DATABASE_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 100, max: 600_000, fallback: 5_000 }),
  HTTP_BODY_LIMIT_BYTES: variable.integer({ of: 'bytes', min: 1_024, max: 16 * 1024 * 1024, fallback: 65_536 }),
  ENDPOINTS_PER_ACCOUNT: variable.integer({ of: 'endpoints', min: 1, max: 10_000, fallback: 50 }),
  AUTO_DISABLE_AFTER_MS: variable.integer({ of: 'milliseconds', min: 1, max: tenYearsMs, fallback: 3 * 24 * 60 * 60 * 1_000 }),
  AUTO_DISABLE_MIN_FAILED_DELIVERIES: variable.integer({ of: 'deliveries', min: 1, max: mostFailed, fallback: 20 }),
  AUTO_DISABLE_GONE_DELIVERIES: variable.integer({ of: 'deliveries', min: 0, max: mostGone, fallback: 3 }),
  AUTO_DISABLE_CHECK_MS: variable.integer({ of: 'milliseconds', min: 100, max: 86_400_000, fallback: 60_000 }),
  SEND_TEST_TIMEOUT_MS: variable.integer({ of: 'milliseconds', min: 100, max: 120_000, fallback: 15_000 }),
} as const;

const ownVariables = { ...serviceVariables, ...traceVariables, ...databaseVariables, ...secretVariables, ...egressVariables, ...httpVariables } as const;

/** Every variable that this service reads. */
export const variables = { ...ownVariables, ...accessVariables } as const;

/** The service's configuration, validated. */
export type Config = ReturnType<typeof readConfig>;

/**
 * Reads the service's environment.
 * @throws InvalidEnvironmentError with every fault at once.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const { own, access, egressPolicy } = readParts({
    own: () => readEnvironment(ownVariables, env),
    access: () => readEnvironment(accessVariables, env),
    // On the text as it stands, so that a fault of one of the variables hides none of how they go together.
    keys: () => checkAccess({ ...env, AUTH_AUDIENCE: env['AUTH_AUDIENCE'] ?? '', AUTH_ISSUER: env['AUTH_ISSUER'] ?? '' }),
    egressPolicy: () => egressPolicyOf(env),
  });
  return { ...own, access, egressPolicy };
}

/** What rebuilding the read model needs: the streams, the database, and how much to say. */
export const readRebuildConfig = (env: NodeJS.ProcessEnv) => readEnvironment({ ...serviceVariables, ...databaseVariables }, env);

/** What the re-encryption of secrets needs. It has no use for the database. */
export const readResealConfig = (env: NodeJS.ProcessEnv) => readEnvironment({ ...serviceVariables, ...secretVariables }, env);

/** What migrating needs. */
export const readDatabaseConfig = (env: NodeJS.ProcessEnv) => readEnvironment(databaseVariables, env);

function egressPolicyOf({ EGRESS_ALLOWED_CIDRS, EGRESS_ALLOWED_PORTS }: NodeJS.ProcessEnv): EgressPolicy {
  try {
    return parseEgressPolicy({ allowedCidrs: EGRESS_ALLOWED_CIDRS, allowedPorts: EGRESS_ALLOWED_PORTS });
  } catch (error) {
    if (error instanceof InvalidEgressPolicyError) throw new InvalidEnvironmentError(error.faults);
    throw error;
  }
}
