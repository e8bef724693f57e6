import path from 'node:path';
import { workspaceRoot } from '@cepro/testkit';
import { runStep } from './step.ts';

/** Builds what runs: the services, their commands, the libs that they use, and the page. @throws Error with what the build wrote. */
export async function buildServices(): Promise<void> {
  const projects = ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'provision', 'console'];
  const args = ['run-many', '-t', 'build', '-p', projects.join(), '--output-style=static'];
  const { code, output } = await runStep(path.join(workspaceRoot, 'node_modules', '.bin', 'nx'), args, { output: 'collect' });
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
}
