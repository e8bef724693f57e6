import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase } from './database.ts';
import { freePort } from './free-port.ts';
import { OwnedProcess } from './owned-process.ts';
import { prepareCluster } from './postgres-cluster.ts';
import { postgresPrograms, unprivileged } from './postgres-programs.ts';
import { childrenOf, untilStopped } from './process-table.ts';

export interface PostgresOptions {
  /** Keeps the data over runs. Default: a folder of its own that is removed when the server is stopped. */
  readonly dataDir?: string;
  /** Default: a free one, which stays the same over a restart. */
  readonly port?: number;
  /**
   * True: for data that matters; commits reach the disk, and a generated password, kept in the data folder, is asked for.
   * Default: false, which survives the end of the process but not that of the machine, and trusts loopback.
   */
  readonly durable?: boolean;
  readonly onLine?: (line: string) => void;
}

/** A Postgres server on 127.0.0.1. */
export interface PostgresServer {
  /** The database `webhooks`, which is made at the first start, as superuser. */
  readonly url: string;
  /** The database `postgres`, from which others can be created and dropped. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** What the server wrote since it was last started. */
  readonly lines: readonly string[];
  /** Creates a database (as a copy of `template` if given) and returns its URL. */
  createDatabase(name?: string, template?: string): Promise<string>;
  /** Ends it, closing connections; removes its files unless they are in a given folder. */
  stop(): Promise<void>;
  /** SIGKILL to the server and all its processes. The files stay for {@link PostgresServer.restart}. */
  kill(): Promise<void>;
  /** Starts it again with the same port and files, after ending it if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP to all its processes: connections stay open, nothing answers. */
  pause(): Promise<void>;
  resume(): void;
}

const mainDatabase = 'webhooks';
const stopTimeoutMs = 20_000;

/** Starts a Postgres server, creating its data where there is none, and waits until it answers queries. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { durable = false } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'cepro-postgres-')));
  let port = options.port ?? (await freePort());
  let server: OwnedProcess;

  const adminUrl = (password: string | undefined) => `postgres://postgres${password ? `:${password}` : ''}@127.0.0.1:${port}/postgres`;
  const launch = async () => {
    const cluster = await prepareCluster(dataDir, { durable });
    const url = adminUrl(cluster.password);
    return { url, started: await startOn(cluster.dir, port, url, options) };
  };

  let url: string;
  for (let attempt = 1; ; attempt++) {
    try {
      ({ started: server, url } = await launch());
      break;
    } catch (error) {
      // Somebody else took the port since it was found free.
      if (options.port !== undefined || attempt === 3 || !(error instanceof PortTakenError)) {
        if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
        throw error;
      }
      port = await freePort();
    }
  }
  return {
    url: await createDatabase(url, { name: mainDatabase, ifMissing: true }),
    adminUrl: url,
    port,
    dataDir,
    get pid() { return server.pid; },
    get lines() { return server.lines; },
    createDatabase: (name, template) => createDatabase(url, { ...(name && { name }), ...(template && { template }) }),
    async stop() {
      signalAll(server, 'SIGCONT');
      await server.stop('SIGINT', stopTimeoutMs);
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
    async kill() {
      signalAll(server, 'SIGKILL');
      await server.exited;
    },
    async restart() {
      signalAll(server, 'SIGCONT');
      await server.stop('SIGINT', stopTimeoutMs);
      ({ started: server } = await launch());
    },
    async pause() {
      await Promise.all(signalAll(server, 'SIGSTOP').map(untilStopped));
    },
    resume: () => void signalAll(server, 'SIGCONT'),
  };
}

/** Settings beyond Postgres' defaults. Those of a server that is not durable lose nothing when the process alone dies. */
function settings(port: number, durable: boolean): string[] {
  const common = [
    'listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC',
    'log_timezone=UTC', 'lc_messages=C',
  ];
  const fast = ['fsync=off', 'full_page_writes=off', 'shared_buffers=64MB', 'max_wal_size=512MB', 'autovacuum_naptime=5s'];
  return (durable ? common : [...common, ...fast]).flatMap((setting) => ['-c', setting]);
}

class PortTakenError extends Error {}

async function startOn(dir: string, port: number, url: string, { durable = false, onLine }: PostgresOptions): Promise<OwnedProcess> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const server = await OwnedProcess.start(
      path.join(postgresPrograms(), 'postgres'), ['-D', dir, ...settings(port, durable)],
      // SIGINT is Postgres' "fast shutdown": with it, the children end too and nothing has to be recovered.
      { env: { LC_ALL: 'C' }, onParentDeath: 'INT', through: unprivileged().through, onLine },
    );
    if (await answers(server, url, deadline)) return server;
    const text = `Postgres ended with code ${server.exit?.code}:\n${server.tail()}`;
    if (server.lines.some((line) => line.includes('could not bind'))) throw new PortTakenError(text);
    // Children of a server that was killed may live a moment longer than it.
    const isBeingLeft = server.lines.some((line) => line.includes('pre-existing shared memory block'));
    if (!isBeingLeft || Date.now() > deadline) throw new Error(text);
    await sleep(200);
  }
}

/** Waits until the server answers a query; false when it has ended. */
async function answers(server: OwnedProcess, url: string, deadline: number): Promise<boolean> {
  let reason: unknown;
  while (Date.now() < deadline) {
    if (!server.isRunning) return false;
    if (server.lines.some((line) => line.includes('ready to accept connections'))) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return true;
      } catch (error) {
        reason = error;
      } finally {
        await client.end();
      }
    }
    await sleep(20);
  }
  await server.kill();
  throw new Error(`Postgres did not answer in time: ${String(reason)}\n${server.tail()}`, { cause: reason });
}

/** Signals the server and its children, which are process groups of their own. Returns the ids of them all. */
function signalAll(server: OwnedProcess, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): number[] {
  if (!server.isRunning) return [];
  const children = childrenOf(server.pid);
  server.signal(signal);
  for (const pid of children) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
  return [server.pid, ...children];
}
