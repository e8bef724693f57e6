import { defaultTopology, natsUsers } from '@cepro/jetstream';
import { natsVariables, readEnvironment, serviceVariables, variable } from '@cepro/service';
import { nkeys } from '@nats-io/transport-node';

/** Every variable that the provisioning command reads. */
export const variables = {
  ...natsVariables,
  LOG_LEVEL: serviceVariables.LOG_LEVEL,
  NATS_REPLICAS: variable.integer({ of: 'copies of each stream', min: 1, max: 5, fallback: defaultTopology.replicas }),
  NATS_WAIT_MS: variable.integer({ of: 'milliseconds', min: 0, fallback: 60_000 }),
  DELIVERY_SHARDS: variable.integer({ of: 'shards', min: 1, max: 99, fallback: defaultTopology.shards }),
  DELIVERY_ACK_WAIT_MS: variable.integer({ of: 'milliseconds', min: 1_000, fallback: defaultTopology.deliveryAckWaitMs }),
  DELIVERIES_RETENTION_DAYS: variable.integer({ of: 'days', min: 1, fallback: defaultTopology.deliveriesRetentionDays }),
};

/** Every variable that the command reads which prints the permissions. */
export const permissionsVariables = {
  DELIVERY_SHARDS: variables.DELIVERY_SHARDS,
  NATS_PUBLIC_KEYS: variable.parsed(parsePublicKeys, { what: 'user=key pairs separated by commas', fallback: '' }),
  NATS_SEEDS_DIR: variable.optional(variable.text({ what: 'a folder' })),
};

/** Every variable that the command reads which makes all keys of an installation. */
export const keysVariables = {
  DELIVERY_SHARDS: variables.DELIVERY_SHARDS,
  KEYS_DIR: variable.text({ what: 'a folder' }),
  NATS_DEVELOPMENT_PASSWORD: variable.optional(variable.text({ what: 'a password' })),
};

export type Config = ReturnType<typeof readConfig>;

/** @throws InvalidEnvironmentError */
export function readConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(variables, env);
}

/** @throws InvalidEnvironmentError */
export function readPermissionsConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(permissionsVariables, env);
}

/** @throws InvalidEnvironmentError */
export function readKeysConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(keysVariables, env);
}

function parsePublicKeys(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(',').map((pair) => pair.trim()).filter(Boolean).map((pair) => {
    const [user = '', key = ''] = pair.split('=');
    if (!natsUsers.includes(user)) throw new Error(`names "${user}"; there are ${natsUsers.join(', ')}`);
    // A seed must not get into the server's configuration, nor into this message.
    if (!isUserKey(key)) throw new Error(`must have the public key of a user's NKEY for ${user}: U and 55 more letters and digits`);
    return [user, key];
  }));
}

function isUserKey(key: string): boolean {
  try {
    return key.startsWith('U') && nkeys.fromPublic(key).getPublicKey() === key;
  } catch {
    return false;
  }
}
