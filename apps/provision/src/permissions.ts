// Prints the part of a nats-server's configuration that says who may do what, and makes the keys that are missing.
import { foreignUsers, serverAccounts, serviceUsers } from '@cepro/jetstream';
import { configOrExit } from '@cepro/service';
import { readPermissionsConfig } from './config.ts';
import { publicKeysIn } from './seeds.ts';

const usage = `Prints the accounts block for the configuration of nats-server: every user of CE Pro Webhooks with its permissions.
Set up by environment variables, see the README:

  NATS_SEEDS_DIR=seeds node dist/permissions.js > accounts.conf

Our users: ${serviceUsers.join(', ')}.
Others': ${foreignUsers.join(', ')}.`;

if (process.argv.includes('--help')) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}

const { NATS_PUBLIC_KEYS: given, NATS_SEEDS_DIR: folder, DELIVERY_SHARDS: shards } = configOrExit('permissions', readPermissionsConfig);
try {
  const users = [...serviceUsers, ...foreignUsers].filter((user) => !given[user]);
  const made = folder === undefined ? {} : await publicKeysIn(folder, users);
  process.stdout.write(serverAccounts({ publicKeys: { ...made, ...given }, shards }));
} catch (error) {
  process.stderr.write(`permissions: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof RangeError ? 78 : 1);
}
