// npm run provision: creates the streams, consumers and tables that the services need. Doing it again does nothing.
import { runCommands } from './commands.ts';

await runCommands('npm run provision', 'Creates the streams, consumers and tables at NATS_URL and DATABASE_URL.', [
  ['provision', 'dist/main.js'], ['config-api', 'dist/migrate.js'], ['log-query', 'dist/migrate.js'], ['ledger', 'dist/migrate.js'],
]);
