// npm run drill: builds the services, and then breaks them.
import { runApp } from './run-app.ts';

await runApp('drill', ['--help', '-h']);
