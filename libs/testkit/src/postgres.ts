import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase } from './database.ts';
import { PortTakenError, type PostgresProgram, type RunningServer } from './server-program.ts';
import { serverRunner, startOnPort } from './server-runner.ts';

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
export async function startPostgres({ dataDir, durable = false, onLine, ...options }: PostgresOptions = {}): Promise<PostgresServer> {
  const runner = await serverRunner();
  const { port, program, ...first } = await startOnPort(
    options.port, (port) => runner.postgres({ dataDir, port, durable, onLine }), (program) => launch(program),
  );
  let { server } = first;
  const { adminUrl } = program;
  return {
    url: await createDatabase(adminUrl, { name: mainDatabase, ifMissing: true }),
    adminUrl,
    port,
    dataDir: program.dataDir,
    get pid() { return server.pid; },
    get lines() { return server.lines; },
    createDatabase: (name, template) => createDatabase(adminUrl, { ...(name && { name }), ...(template && { template }) }),
    async stop() {
      await server.stop('SIGINT', stopTimeoutMs);
      await program.remove();
    },
    kill: () => server.kill(),
    async restart() {
      await server.stop('SIGINT', stopTimeoutMs);
      server = await launch(program);
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}

async function launch(program: PostgresProgram): Promise<RunningServer> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const server = await program.start();
    if (await answers(server, program.adminUrl, deadline)) return server;
    const text = `Postgres ended with code ${server.exit?.code}:\n${server.tail()}`;
    if (server.lines.some((line) => line.includes('could not bind'))) throw new PortTakenError(text);
    // Children of a server that was killed may live a moment longer than it.
    const isBeingLeft = server.lines.some((line) => line.includes('pre-existing shared memory block'));
    if (!isBeingLeft || Date.now() > deadline) throw new Error(text);
    await sleep(200);
  }
}

/** Waits until the server answers a query; false when it has ended. */
async function answers(server: RunningServer, url: string, deadline: number): Promise<boolean> {
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
