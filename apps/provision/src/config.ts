import { defaultTopology } from '@cepro/jetstream';
import { natsVariables, readEnvironment, serviceVariables, variable } from '@cepro/service';

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

export type Config = ReturnType<typeof readConfig>;

/** @throws InvalidEnvironmentError */
export function readConfig(env: NodeJS.ProcessEnv) {
  return readEnvironment(variables, env);
}
