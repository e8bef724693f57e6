import path from 'node:path';
import { startService, workspaceRoot, type ServiceProcess } from '@cepro/testkit';

const nodeArgs = ['--conditions=@cepro/source', `--import=${path.join(workspaceRoot, 'tools/swc-hooks.mjs')}`];

/** Starts the service, or one of its commands, from its source as a process of its own. */
export function startProcess(entry: 'main' | 'migrate' | 'rebuild' | 'reseal', env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  return startService({ app: 'config-api', entry: `src/${entry}.ts`, nodeArgs, env });
}

/** Runs one of the commands to its end. */
export async function run(entry: 'migrate' | 'rebuild' | 'reseal', env: Readonly<Record<string, string>>) {
  const command = await startProcess(entry, env);
  const { code } = await command.exited;
  return { code, logs: command.logs(), lines: command.lines };
}
