import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import path from 'node:path';
import { workspaceRoot } from '@cepro/testkit';

/** Runs a script as an image runs it, sends it a signal when it has written something, and tells how it ended. */
async function endedBy(signal: NodeJS.Signals, script: string): Promise<unknown[]> {
  const preload = `--import=${path.join(workspaceRoot, 'tools/images/inside/signals.mjs')}`;
  const child = spawn(process.execPath, [preload, '--input-type=module', '--eval', `${script}; console.log('up'); setInterval(() => {}, 1_000);`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  return await once(child, 'exit');
}

// Ended by an exit code, not by the signal: as process 1 the latter would not happen.
it.each([['SIGTERM', 143], ['SIGINT', 130]] as const)('a program that does not listen ends by %s', async (signal, code) => {
  expect(await endedBy(signal, '')).toEqual([code, null]);
});

it('one that listens ends as it likes', async () => {
  expect(await endedBy('SIGTERM', "process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50))")).toEqual([7, null]);
});
