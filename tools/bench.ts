// npm run bench: builds the services, and then measures them.
import { runApp } from './run-app.ts';

await runApp('bench', ['--help', '-h', '--list']);
