import { spawn, type ChildProcess } from 'node:child_process';
import { workspaceRoot } from '@cepro/testkit';

export interface StepOptions {
  /** Default: the workspace. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `show` writes the output as it comes; `collect` keeps it for {@link StepResult.output}. */
  readonly output: 'show' | 'collect';
  /** Called once at the start with a function that kills the step. */
  readonly onStart?: (kill: () => void) => void;
}

export interface StepResult {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

const running = new Set<ChildProcess>();
const killAfterMs = 5_000;
let stopped = false;

/** Runs a script of node_modules on this process's Node, in a process group of its own, to its end. */
export async function runStep(script: string, args: readonly string[], { cwd = workspaceRoot, env = {}, output, onStart }: StepOptions): Promise<StepResult> {
  if (stopped) throw new Error(`${script} is not started any more`);
  const started = Date.now();
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  onStart?.(() => signalGroup(child, 'SIGKILL'));
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject);
  // One that a signal has ended has no code of its own.
  child.once('close', (code) => resolve(code ?? 128));
  const code = await promise;
  running.delete(child);
  return { code, output: Buffer.concat(chunks).toString(), seconds: (Date.now() - started) / 1_000 };
}

/** Ends the process, and every step with it, when it is told to end: steps have groups of their own, which hear nothing of Ctrl-C. */
export function stopStepsOnSignal(): void {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
    process.once(signal, () => void stopSteps().then(() => process.exit(code)));
  }
}

/** Ends every step that runs, and all that it started; none is started after that. */
export async function stopSteps(): Promise<void> {
  stopped = true;
  await Promise.all([...running].map((child) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), killAfterMs);
    return promise.finally(() => {
      clearTimeout(timer);
      // Those that the step itself has left behind.
      signalGroup(child, 'SIGKILL');
    });
  }));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}
