import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { untilStopped } from './process-table.ts';

/** How a process ended: its exit code, or 128 + the signal's number, as a shell has it. */
export interface Exit {
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

export interface OwnedProcessOptions {
  /** The whole environment: of this process's own only the PATH is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The signal that ends it when this process dies without stopping it. */
  readonly onParentDeath: 'KILL' | 'INT';
  /** A command and its arguments to run it through, such as `unshare --user`. */
  readonly through?: readonly string[];
  /** Called with every line that it writes, besides keeping it. */
  readonly onLine?: ((line: string) => void) | undefined;
}

const linesKept = 20_000;

/** A separate process that never outlives the one that started it. */
export class OwnedProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #exit: Exit | undefined;

  private constructor(child: ChildProcess, onLine: ((line: string) => void) | undefined) {
    this.#child = child;
    this.exited = this.#waitForExit();
    for (const stream of [child.stdout, child.stderr]) if (stream) this.#collect(stream, onLine);
  }

  /** @throws Error when there is no such command. */
  static async start(command: string, args: readonly string[], options: OwnedProcessOptions): Promise<OwnedProcess> {
    const [file, ...rest] = [...(options.through ?? []), ...dyingWithParent(options.onParentDeath), command, ...args];
    // Detached: Ctrl-C in a terminal shall reach the process that started it, which stops everything in order.
    const child = spawn(file as string, rest, {
      cwd: options.cwd, env: { PATH: process.env['PATH'] ?? '', ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    const owned = new OwnedProcess(child, options.onLine);
    await once(child, 'spawn');
    killAtExit(child);
    return owned;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** What it wrote to its two outputs, the last 20,000 lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** How it ended, or undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Sends a signal; does nothing when it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  /**
   * Asks it to end and waits for that. When it does not within `timeoutMs` it is killed.
   * @throws Error when it had to be killed.
   */
  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<Exit> {
    this.signal(signal);
    // A process that was paused takes no other signal before it goes on.
    this.signal('SIGCONT');
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, timeoutMs, undefined);
    const exit = await Promise.race([this.exited, late]);
    clearTimeout(timer);
    if (exit) return exit;
    await this.kill();
    throw new Error(`process ${this.pid} did not end within ${timeoutMs} ms of ${signal} and was killed; it wrote:\n${this.tail()}`);
  }

  /** SIGSTOP, and waits until it has taken effect. */
  async pause(): Promise<void> {
    this.signal('SIGSTOP');
    await untilStopped(this.pid);
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** The last lines it wrote, for the text of an error. */
  tail(count = 20): string {
    return this.#lines.slice(-count).map((line) => `  ${line}`).join('\n');
  }

  async #waitForExit(): Promise<Exit> {
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#child.once('error', () => resolve({ code: 127, signal: null }));
    // 'close' comes after 'exit', when the last line has been read; a grandchild that keeps the pipe open must not hold us up.
    this.#child.once('exit', (code, signal) => {
      const exit = { code: code ?? 128 + (signal ? constants.signals[signal] : 0), signal };
      const patience = setTimeout(() => resolve(exit), 500);
      this.#child.once('close', () => { clearTimeout(patience); resolve(exit); });
    });
    const exit = await promise;
    this.#exit = exit;
    return exit;
  }

  #collect(stream: Readable, onLine: ((line: string) => void) | undefined): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > linesKept) this.#lines.splice(0, linesKept / 10);
      onLine?.(line);
    });
  }
}

const live = new Set<ChildProcess>();
let watchingExit = false;

/** For systems without setpriv: this covers every end of this process but SIGKILL. */
function killAtExit(child: ChildProcess): void {
  if (!watchingExit) process.once('exit', () => live.forEach((each) => each.kill('SIGKILL')));
  watchingExit = true;
  live.add(child);
  child.once('exit', () => live.delete(child));
}

let hasSetpriv: boolean | undefined;

/** On Linux the kernel ends the process with its parent, even one that was killed with SIGKILL. */
function dyingWithParent(signal: 'KILL' | 'INT'): string[] {
  hasSetpriv ??= process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig=KILL', '--', 'true']).status === 0;
  return hasSetpriv ? ['setpriv', `--pdeathsig=${signal}`, '--'] : [];
}
