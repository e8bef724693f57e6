import path from 'node:path';
import { workspaceRoot } from '@cepro/testkit';
import { buildServices } from './build.ts';
import { remembered } from './start/settings.ts';
import { runStep, stopStepsOnSignal } from './step.ts';

/** Builds, then runs commands of the apps one after the other; ends with the first failure. They use the servers that the environment names, else those of `npm start`. */
export async function runCommands(name: string, purpose: string, commands: readonly (readonly [app: string, entry: string])[]): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`usage: ${name}\n\n${purpose}\nWhere these are not set, the servers of npm start are meant, which must be running.\n`);
    return;
  }
  stopStepsOnSignal();
  await buildServices().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  const env = await servers();
  for (const [app, entry] of commands) {
    const { code } = await runStep(path.join(workspaceRoot, 'apps', app, entry), [], { output: 'show', env });
    if (code !== 0) process.exit(code);
  }
}

/** `NATS_URL` and `DATABASE_URL` from the environment, else of the last `npm start`, if there was one. */
export async function servers(): Promise<Record<string, string>> {
  return { ...(await remembered<Record<string, string>>('servers.json', () => ({}))), ...present(['NATS_URL', 'DATABASE_URL']) };
}

function present(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
