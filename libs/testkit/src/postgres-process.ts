import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OwnedProcess } from './owned-process.ts';
import { prepareCluster } from './postgres-cluster.ts';
import { postgresPrograms, unprivileged } from './postgres-programs.ts';
import { postgresSettings } from './postgres-settings.ts';
import { childrenOf, untilStopped } from './process-table.ts';
import type { PostgresPlace, PostgresProgram, RunningServer } from './server-program.ts';

/** Postgres from the npm package, on a folder of this machine. */
export async function postgresProcess({ port, durable, onLine, ...place }: PostgresPlace): Promise<PostgresProgram> {
  const dataDir = place.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'cepro-postgres-')));
  const addresses = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories='].flatMap((setting) => ['-c', setting]);
  let password: string | undefined;
  return {
    dataDir,
    get adminUrl() { return `postgres://postgres${password ? `:${password}` : ''}@127.0.0.1:${port}/postgres`; },
    async start() {
      const cluster = await prepareCluster(dataDir, { durable });
      password = cluster.password;
      const server = await OwnedProcess.start(
        path.join(postgresPrograms(), 'postgres'), ['-D', cluster.dir, ...addresses, ...postgresSettings({ durable })],
        // SIGINT is Postgres' "fast shutdown": with it, the children end too and nothing has to be recovered.
        { env: { LC_ALL: 'C' }, onParentDeath: 'INT', through: unprivileged().through, onLine },
      );
      return new PostgresProcess(server);
    },
    async remove() {
      if (!place.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The server with its children, which are process groups of their own and hear no signal that is meant for it. */
class PostgresProcess implements RunningServer {
  readonly #server: OwnedProcess;

  constructor(server: OwnedProcess) {
    this.#server = server;
  }

  get pid() { return this.#server.pid; }
  get isRunning() { return this.#server.isRunning; }
  get exit() { return this.#server.exit; }
  get lines() { return this.#server.lines; }

  tail(): string {
    return this.#server.tail();
  }

  async stop(signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
    this.#signalAll('SIGCONT');
    await this.#server.stop(signal, timeoutMs);
  }

  async kill(): Promise<void> {
    this.#signalAll('SIGKILL');
    await this.#server.exited;
  }

  async pause(): Promise<void> {
    await Promise.all(this.#signalAll('SIGSTOP').map(untilStopped));
  }

  resume(): void {
    this.#signalAll('SIGCONT');
  }

  /** Returns the ids of them all. */
  #signalAll(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): number[] {
    if (!this.isRunning) return [];
    const children = childrenOf(this.pid);
    this.#server.signal(signal);
    for (const pid of children) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
    return [this.pid, ...children];
  }
}
