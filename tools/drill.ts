// npm run drill: builds the services, and then breaks them.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@cepro/testkit';
import { buildServices } from './build.ts';
import { stopSteps } from './step.ts';

if (!process.argv.slice(2).some((argument) => ['--help', '-h'].includes(argument))) {
  process.stderr.write('Building …\n');
  // Later signals are the drill's own.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = () => void stopSteps().then(() => process.exit(130));
  for (const signal of signals) process.once(signal, stop);
  await buildServices().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  for (const signal of signals) process.off(signal, stop);
}
await import(pathToFileURL(path.join(workspaceRoot, 'apps', 'drill', 'src', 'main.ts')).href);
