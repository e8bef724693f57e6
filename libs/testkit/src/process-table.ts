import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

// All of this reads Linux's /proc; elsewhere there is nothing to be seen, and the callers make do.

/** The ids of a process' children. */
export function childrenOf(pid: number): number[] {
  return tasksOf(pid).flatMap((task) => read(`${task}/children`).split(' ').filter(Boolean).map(Number));
}

/** Waits until SIGSTOP has taken effect: the signal only asks, and a thread may do a little more before it stops. */
export async function untilStopped(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  // The state is the word after the name, which is in brackets and may hold anything.
  const isStopped = (task: string) => /\) [^RSD] /.test(read(`${task}/stat`)) || read(`${task}/stat`) === '';
  await eventually(() => tasksOf(pid).every(isStopped), { timeoutMs: 5_000, intervalMs: 1 });
}

/** The folders of a process' threads; none when it has ended. */
function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
