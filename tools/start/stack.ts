import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestAuthority, startNats, startPostgres, startService, workspaceRoot, type ServiceProcess, type TestAuthority } from '@cepro/testkit';
import { dataDir, keys, remember, StartError, type Keys, type Ports } from './settings.ts';

/** What tokens of a local installation name. */
export const localAccess = { audience: 'cepro-webhooks', issuer: 'https://id.cepro.localhost' } as const;

export interface StackOptions {
  readonly ports: Ports;
  /** Runs the services from their sources and restarts them when these change. */
  readonly watch: boolean;
  readonly print: (line: string) => void;
  /** Called when a service ends that nobody stopped. */
  readonly onDied: (error: StartError) => void;
}

/** The servers and services of a local installation, each a process of its own. */
export class Stack {
  readonly #stops: (() => Promise<unknown>)[] = [];
  #stopping = false;

  private constructor(
    private readonly options: StackOptions,
    readonly natsUrl: string,
    readonly databaseUrl: string,
    readonly keys: Keys,
    readonly authority: TestAuthority,
    /** The certificates of the authorities that the workers trust besides those of Node. */
    private readonly trustedFile: string,
  ) {}

  /** Starts NATS and Postgres, unless `NATS_URL` and `DATABASE_URL` name others, prepares them, and starts the services. */
  static async start(options: StackOptions, env: NodeJS.ProcessEnv): Promise<Stack> {
    const { ports, print } = options;
    const logs = path.join(dataDir, 'logs');
    await mkdir(logs, { recursive: true });
    const stops: (() => Promise<unknown>)[] = [];
    try {
      let natsUrl = env['NATS_URL'];
      if (!natsUrl) {
        const log = logFile('nats');
        const nats = await startNats({ storeDir: path.join(dataDir, 'nats'), port: ports.nats, alwaysSync: true, onLine: (line) => log.write(`${line}\n`) });
        stops.push(() => nats.stop());
        natsUrl = nats.url;
      }
      print(`NATS       ${withoutPassword(natsUrl)}`);
      let databaseUrl = env['DATABASE_URL'];
      if (!databaseUrl) {
        const log = logFile('postgres');
        const postgres = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), port: ports.postgres, durable: true, onLine: (line) => log.write(`${line}\n`) });
        stops.push(() => postgres.stop());
        databaseUrl = postgres.url;
      }
      await remember('servers.json', { NATS_URL: natsUrl, DATABASE_URL: databaseUrl });
      print(`Postgres   ${withoutPassword(databaseUrl)}`);
      const authority = await createTestAuthority({ dir: path.join(dataDir, 'authority') });
      const trustedFile = await trustedAuthorities(authority, env['NODE_EXTRA_CA_CERTS']);
      const stack = new Stack(options, natsUrl, databaseUrl, await keys(), authority, trustedFile);
      stack.#stops.push(...stops);
      stops.length = 0;
      stops.push(() => stack.stop());
      await stack.#provision();
      await Promise.all([
        stack.#service('config-api', ports.configApiManagement, { HTTP_PORT: String(ports.configApi) }),
        stack.#service('log-query', ports.logQueryManagement, { HTTP_PORT: String(ports.logQuery) }),
        stack.#service('event-router', ports.routerManagement),
        stack.#service('delivery-worker', ports.workerManagement),
        stack.#service('ledger', ports.ledgerManagement),
      ]);
      return stack;
    } catch (error) {
      for (const stop of stops.reverse()) await stop();
      throw error;
    }
  }

  /** Ends the services gently, then what they stand on. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const [servers, services] = [this.#stops.slice(0, this.#serverCount), this.#stops.slice(this.#serverCount)];
    await Promise.allSettled(services.map((stop) => stop()));
    for (const stop of servers.reverse()) await stop();
  }

  get #serverCount(): number {
    return (process.env['NATS_URL'] ? 0 : 1) + (process.env['DATABASE_URL'] ? 0 : 1);
  }

  async #provision(): Promise<void> {
    await this.#command('provision', 'dist/main.js');
    await this.#command('config-api', 'dist/migrate.js');
    await this.#command('log-query', 'dist/migrate.js');
    await this.#command('ledger', 'dist/migrate.js');
    this.options.print('Streams and tables are there');
  }

  async #command(app: string, entry: string): Promise<void> {
    const command = await startService({ app, entry, env: this.#env() });
    const { code } = await command.exited;
    if (code !== 0) throw new StartError(`${app} ${entry} ended with code ${code}:\n${command.lines.join('\n')}`);
  }

  async #service(app: string, managementPort: number, env: Record<string, string> = {}): Promise<void> {
    const log = logFile(app);
    const service = await startService({
      app,
      env: { ...this.#env(), ...env, MANAGEMENT_PORT: String(managementPort) },
      onLine: (line) => this.#line(app, log, line),
      ...(this.options.watch && {
        entry: 'src/main.ts',
        nodeArgs: ['--watch', '--watch-preserve-output', '--conditions=@cepro/source', `--import=${pathToFileURL(path.join(workspaceRoot, 'tools', 'swc-hooks.mjs')).href}`],
      }),
    });
    this.#stops.push(async () => { if (service.isRunning) await service.stop(); });
    void this.#watchEnd(app, service);
    await service.ready(60_000);
    this.options.print(`${app.padEnd(16)} ready, health and metrics on http://127.0.0.1:${managementPort}`);
  }

  async #watchEnd(app: string, service: ServiceProcess): Promise<void> {
    const { code } = await service.exited;
    if (!this.#stopping) this.options.onDied(new StartError(`${app} ended with code ${code}:\n${service.lines.slice(-10).join('\n')}`));
  }

  #line(app: string, log: WriteStream, line: string): void {
    log.write(`${line}\n`);
    // Everything is in the file; the terminal gets what somebody should look at.
    if (/^\{"level":"(warn|error|fatal)"/.test(line)) this.options.print(`${app}: ${line}`);
  }

  #env(): Record<string, string> {
    return {
      NATS_URL: this.natsUrl,
      DATABASE_URL: this.databaseUrl,
      SECRETS_KEY_RING: this.keys.keyRing,
      AUTH_JWT_SECRET: this.keys.jwtSecret,
      AUTH_AUDIENCE: localAccess.audience,
      AUTH_ISSUER: localAccess.issuer,
      HTTP_HOST: '127.0.0.1',
      MANAGEMENT_HOST: '127.0.0.1',
      // The demo's receiver is on this machine, and its certificate comes from an authority of this installation.
      EGRESS_ALLOWED_CIDRS: '127.0.0.0/8',
      NODE_EXTRA_CA_CERTS: this.trustedFile,
    };
  }
}

/** One file, as Node takes no more, with the authority of this installation and those that its user names. */
async function trustedAuthorities({ ca }: TestAuthority, others: string | undefined): Promise<string> {
  const file = path.join(dataDir, 'trusted.pem');
  const theirs = others && (await readFile(others, 'utf8').catch((error: unknown) => {
    throw new StartError(`NODE_EXTRA_CA_CERTS can not be read: ${String(error)}`);
  }));
  await writeFile(file, theirs ? `${ca.trimEnd()}\n${theirs}` : ca);
  return file;
}

function withoutPassword(url: string): string {
  return url.replaceAll(/:[^:@/]+@/g, ':…@');
}

function logFile(name: string): WriteStream {
  return createWriteStream(path.join(dataDir, 'logs', `${name}.log`), { flags: 'a' });
}
