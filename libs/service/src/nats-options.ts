import type { NatsOptions } from '@cepro/jetstream';

/** The variables of a process by which it connects to NATS. */
export interface NatsConfig {
  readonly NATS_URL: string;
  readonly NATS_NKEY_SEED_FILE?: string | undefined;
  readonly NATS_NKEY_SEED?: string | undefined;
}

/** How a process connects, with the permissions of a user if it has a seed; of two seeds the file's counts. */
export function natsOptions({ NATS_URL: url, NATS_NKEY_SEED_FILE: inFile, NATS_NKEY_SEED: given }: NatsConfig, user: string, name = user): NatsOptions {
  const seed = inFile ?? given;
  return { url, name, ...(seed !== undefined && { nkey: { user, seed } }) };
}
