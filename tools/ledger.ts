// npm run ledger: checks that every event is accounted for.
import { runCommands } from './commands.ts';

await runCommands(
  'npm run ledger',
  'Reads all streams at NATS_URL from their beginning, prints what became of every event, and names each event and delivery that\ndoes not add up. Exits with 1 if there is any.',
  [['ledger', 'dist/check.js']],
);
