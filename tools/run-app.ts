import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@cepro/testkit';
import { buildServices } from './build.ts';
import { stopSteps } from './step.ts';

/** Builds the services, and runs an app of the workspace that starts them. With one of `quick` among its arguments it only tells something. */
export async function runApp(app: string, quick: readonly string[]): Promise<void> {
  if (!process.argv.slice(2).some((argument) => quick.includes(argument))) {
    process.stderr.write('Building …\n');
    // Later signals are the app's own.
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const stop = () => void stopSteps().then(() => process.exit(130));
    for (const signal of signals) process.once(signal, stop);
    await buildServices().catch((error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    });
    for (const signal of signals) process.off(signal, stop);
  }
  await import(pathToFileURL(path.join(workspaceRoot, 'apps', app, 'src', 'main.ts')).href);
}
