// npm run bench: builds the services, and then measures them.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@cepro/testkit';
import { buildServices } from './build.ts';
import { stopSteps } from './step.ts';

if (!process.argv.slice(2).some((argument) => ['--help', '-h', '--list'].includes(argument))) {
  process.stderr.write('Building …\n');
  // Later signals are the bench's own.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = () => void stopSteps().then(() => process.exit(130));
  for (const signal of signals) process.once(signal, stop);
  await buildServices().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  for (const signal of signals) process.off(signal, stop);
}
await import(pathToFileURL(path.join(workspaceRoot, 'apps', 'bench', 'src', 'main.ts')).href);
