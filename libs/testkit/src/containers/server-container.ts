import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { getContainerRuntimeClient, StartupCheckStrategy, type GenericContainer } from 'testcontainers';
import { PortTakenError, type ServerProgram } from '../server-program.ts';
import { ContainerRun, type Container } from './container-run.ts';

/** On everything that the testkit has the engine make: the test run that it belongs to. */
export const runLabel = 'com.cepro.testkit.run';

/** The test run that this process is part of: `TEST_RUN`, or something of its own. */
export function testRun(): string {
  return process.env['TEST_RUN'] ?? `${basename(tmpdir())}-${process.pid}`;
}

/** Called by Testcontainers when it has made a container, and before it starts it. */
export type OnCreated = (id: string) => Promise<void>;

/** Whether a server answers is for the one who starts it to ask, the same way wherever it runs. */
export class NoWait extends StartupCheckStrategy {
  override checkStartupState() {
    return Promise.resolve('SUCCESS' as const);
  }
}

/** What keeps a port to this machine. */
export function onLoopback(containerPort: number, port: number) {
  return { [`${containerPort}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
}

/** A server in a container, which keeps its port and its files over runs. */
export class ServerContainer implements ServerProgram {
  readonly #describe: (onCreated: OnCreated) => GenericContainer;
  readonly #onLine: ((line: string) => void) | undefined;
  #container: Container | undefined;

  /** `describe` is given what is to be called as soon as the container has been made. */
  constructor(describe: (onCreated: OnCreated) => GenericContainer, onLine: ((line: string) => void) | undefined) {
    this.#describe = describe;
    this.#onLine = onLine;
  }

  async start(): Promise<ContainerRun> {
    return this.#container ? await this.#startAgain(this.#container) : await this.#startFirst();
  }

  async remove(): Promise<void> {
    await this.#container?.remove({ v: true, force: true });
    this.#container = undefined;
  }

  async #startFirst(): Promise<ContainerRun> {
    const client = await getContainerRuntimeClient();
    let run: ContainerRun | undefined;
    const described = this.#describe(async (id) => {
      this.#container = client.container.getById(id);
      run = await ContainerRun.before(this.#container, this.#onLine);
    });
    try {
      await described.withLabels({ [runLabel]: testRun() }).withWaitStrategy(new NoWait()).start();
    } catch (error) {
      // Testcontainers misses the ports of a server that has ended at once. What it wrote says more.
      if (!run || !(await hasRun(this.#container))) throw portTaken(error as Error);
    }
    return await run!.began();
  }

  async #startAgain(container: Container): Promise<ContainerRun> {
    const run = await ContainerRun.before(container, this.#onLine);
    await container.start().catch((error: Error) => { throw portTaken(error); });
    return await run.began();
  }
}

async function hasRun(container: Container | undefined): Promise<boolean> {
  const state = (await container?.inspect())?.State;
  return state !== undefined && state.Status === 'exited' && state.Error === '';
}

function portTaken(error: Error): Error {
  const isTaken = /port is already allocated|address already in use/.test(error.message);
  return isTaken ? new PortTakenError(`address already in use: ${error.message}`, { cause: error }) : error;
}
