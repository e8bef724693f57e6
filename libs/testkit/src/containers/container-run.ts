import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';
import type { Exit } from '../owned-process.ts';
import type { RunningServer } from '../server-program.ts';

/** A container as the engine's client has it. */
export type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** A container from its start to its end; when it is started again, that is another run. */
export class ContainerRun implements RunningServer {
  readonly lines: string[] = [];
  readonly #container: Container;
  #pid = 0;
  #exit: Pick<Exit, 'code'> | undefined;
  #heardAll: Promise<unknown>;
  #exited: Promise<void>;
  /** What it was told last: the engine takes one thing after another. */
  #told: Promise<unknown> = Promise.resolve();

  private constructor(container: Container) {
    this.#container = container;
  }

  /** Listens to a container that is about to be started: {@link ContainerRun.began} has to follow. */
  static async before(container: Container, onLine: ((line: string) => void) | undefined): Promise<ContainerRun> {
    const run = new ContainerRun(container);
    const client = await getContainerRuntimeClient();
    const lines = createInterface({ input: await client.container.attach(container) });
    lines.on('line', (line) => {
      run.lines.push(line);
      onLine?.(line);
    });
    run.#heardAll = once(lines, 'close');
    return run;
  }

  /** It has been started. */
  async began(): Promise<this> {
    this.#exited = this.#container.wait().then(async ({ StatusCode: code }: { StatusCode: number }) => {
      // Its last lines come beside the news of its end.
      await Promise.race([this.#heardAll, sleep(500, undefined, { ref: false })]);
      this.#exit = { code };
    });
    this.#pid = (await this.#container.inspect()).State.Pid;
    return this;
  }

  get pid(): number {
    return this.#pid;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  get exit(): Pick<Exit, 'code'> | undefined {
    return this.#exit;
  }

  tail(): string {
    return this.lines.slice(-20).map((line) => `  ${line}`).join('\n');
  }

  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    // One that was paused would hear the signal only when it goes on.
    this.resume();
    await this.#tell(() => this.#container.kill({ signal }));
    const late = Symbol('late');
    const timeout = new AbortController();
    const ended = await Promise.race([this.#exited, sleep(timeoutMs, late, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
    if (ended !== late) return;
    await this.kill();
    throw new Error(`container ${this.#container.id} did not end within ${timeoutMs} ms of ${signal} and was killed; it wrote:\n${this.tail()}`);
  }

  async kill(): Promise<void> {
    await this.#tell(() => this.#container.kill({ signal: 'SIGKILL' }));
    await this.#exited;
  }

  async pause(): Promise<void> {
    await this.#tell(() => this.#container.pause());
  }

  resume(): void {
    this.#tell(() => this.#container.unpause()).catch(() => undefined);
  }

  #tell(what: () => Promise<unknown>): Promise<void> {
    const told = this.#told.then(() => (this.isRunning ? what() : undefined)).then(() => undefined, unlessItIsSo);
    this.#told = told.catch(() => undefined);
    return told;
  }
}

/** The engine's answer to what is so already: to end what has ended, to pause what is paused. */
function unlessItIsSo(error: Error & { statusCode?: number }): void {
  if (!/is not running|is not paused|is already paused|No such container/.test(error.message)) throw error;
}
