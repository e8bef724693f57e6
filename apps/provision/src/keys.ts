// Makes the seeds of every NATS user and the permissions of all of them, each in the folder of whoever needs it.
import { mkdir } from 'node:fs/promises';
import { configOrExit } from '@cepro/service';
import { readKeysConfig } from './config.ts';
import { makeKeys } from './installation-keys.ts';

const { KEYS_DIR: folder, DELIVERY_SHARDS: shards, NATS_DEVELOPMENT_PASSWORD: developmentPassword } = configOrExit('keys', readKeysConfig);
try {
  await mkdir(folder, { recursive: true });
  const users = await makeKeys(folder, { shards, developmentPassword });
  process.stdout.write(`keys: ${users.length} users have seeds and permissions in ${folder}\n`);
} catch (error) {
  process.stderr.write(`keys: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
