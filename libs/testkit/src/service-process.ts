import { existsSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { OwnedProcess } from './owned-process.ts';
import { workspaceRoot } from './workspace.ts';

export interface ServiceOptions {
  /** The folder under `apps`, such as `event-router`. */
  readonly app: string;
  /** Its whole environment; only the PATH, and `MANAGEMENT_PORT` where it is missing, are added. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  /** What to run. Default: `dist/main.js` in the app's folder, so build it first. */
  readonly entry?: string;
  /** Called with every line that it writes. */
  readonly onLine?: (line: string) => void;
}

/** A service that runs as a process of its own, as in production. */
export interface ServiceProcess {
  readonly app: string;
  readonly pid: number;
  readonly isRunning: boolean;
  readonly managementPort: number;
  /** How it ended; pending while it runs. */
  readonly exited: Promise<{ readonly code: number; readonly signal: NodeJS.Signals | null }>;
  /** What it wrote to its two outputs. */
  readonly lines: readonly string[];
  /** Those of its lines that are JSON objects, parsed. */
  logs(): Record<string, unknown>[];
  /**
   * Waits until `/health/ready` answers 200, by default as long as {@link eventually} does.
   * @throws Error with its last lines when it ends, or the time is up.
   */
  ready(timeoutMs?: number): Promise<void>;
  /**
   * SIGTERM; returns the exit code (128 + the signal's number when a signal ended it).
   * @throws Error when it has not ended after a minute, and was killed.
   */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open, it does nothing. */
  pause(): Promise<void>;
  resume(): void;
}

/** Twice what Kubernetes gives a service: this machine may be busier, and what hangs is found all the same. */
const stopTimeoutMs = 60_000;

/** Starts a service on this process's Node. It may not be ready yet: see {@link ServiceProcess.ready}. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { app, nodeArgs = [] } = options;
  const folder = path.join(workspaceRoot, 'apps', app);
  const entry = path.resolve(folder, options.entry ?? 'dist/main.js');
  if (!existsSync(entry)) throw new Error(`${path.relative(workspaceRoot, entry)} is not there: run "npm run build" first`);
  const managementPort = Number(options.env['MANAGEMENT_PORT'] ?? (await freePort()));
  const child = await OwnedProcess.start(process.execPath, ['--enable-source-maps', ...nodeArgs, entry], {
    cwd: existsSync(folder) ? folder : workspaceRoot,
    env: { ...options.env, MANAGEMENT_PORT: String(managementPort) },
    onParentDeath: 'KILL',
    onLine: options.onLine,
  });
  return {
    app,
    pid: child.pid,
    get isRunning() { return child.isRunning; },
    managementPort,
    exited: child.exited,
    lines: child.lines,
    logs: () => child.lines.flatMap(parsed),
    ready: (timeoutMs) => waitUntilReady(app, child, managementPort, timeoutMs),
    stop: async () => (await child.stop('SIGTERM', stopTimeoutMs)).code,
    kill: () => child.kill(),
    pause: () => child.pause(),
    resume: () => child.resume(),
  };
}

async function waitUntilReady(app: string, child: OwnedProcess, port: number, timeoutMs: number | undefined): Promise<void> {
  const checkReady = async () => {
    if (!child.isRunning) return;
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`it answers ${response.status} ${body}`);
  };
  try {
    await eventually(checkReady, { ...(timeoutMs !== undefined && { timeoutMs }) });
  } catch (error) {
    throw new Error(`${app} is not ready: ${(error as Error).message}; it wrote:\n${child.tail()}`, { cause: error });
  }
  if (!child.isRunning) throw new Error(`${app} ended with code ${child.exit?.code}; it wrote:\n${child.tail()}`);
}

function parsed(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
