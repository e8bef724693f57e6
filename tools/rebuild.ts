// npm run rebuild: drops the tables and makes them anew from the streams.
import { runCommands } from './commands.ts';

await runCommands('npm run rebuild', 'Drops the schemas config and log at DATABASE_URL and makes them anew from the streams at NATS_URL.', [
  ['config-api', 'dist/rebuild.js'], ['log-query', 'dist/rebuild.js'],
]);
