// npm run nats-permissions: prints who may do what in NATS, as nats-server reads it.
import { runCommands } from './commands.ts';

await runCommands(
  'npm run --silent nats-permissions > accounts.conf',
  'Prints the accounts block for the configuration of nats-server. NATS_SEEDS_DIR names the folder in which the seeds of the users lie, or\nare made; NATS_PUBLIC_KEYS the keys of others. See apps/provision.',
  [['provision', 'dist/permissions.js']],
);
