import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { workspaceRoot } from '@cepro/testkit';

/** Everything that a local run keeps: data, keys, certificates, logs. Remove it to start afresh. */
export const dataDir = path.join(workspaceRoot, '.data');

/** Who listens where, and the variable by which another port is chosen. */
const ports = {
  origin: { variable: 'ORIGIN_PORT', fallback: 8080, who: 'the API' },
  nats: { variable: 'NATS_PORT', fallback: 14_222, who: 'NATS' },
  postgres: { variable: 'POSTGRES_PORT', fallback: 15_432, who: 'Postgres' },
  configApi: { variable: 'CONFIG_API_PORT', fallback: 13_001, who: 'config-api' },
  logQuery: { variable: 'LOG_QUERY_PORT', fallback: 13_002, who: 'log-query' },
  configApiManagement: { variable: 'CONFIG_API_MANAGEMENT_PORT', fallback: 9101, who: 'health and metrics of config-api' },
  routerManagement: { variable: 'ROUTER_MANAGEMENT_PORT', fallback: 9102, who: 'health and metrics of event-router' },
  workerManagement: { variable: 'WORKER_MANAGEMENT_PORT', fallback: 9103, who: 'health and metrics of delivery-worker' },
  logQueryManagement: { variable: 'LOG_QUERY_MANAGEMENT_PORT', fallback: 9104, who: 'health and metrics of log-query' },
  ledgerManagement: { variable: 'LEDGER_MANAGEMENT_PORT', fallback: 9105, who: 'health, metrics and balance of the ledger' },
  receiver: { variable: 'DEMO_RECEIVER_PORT', fallback: 18_443, who: 'the demo receiver' },
} as const;

export type PortName = keyof typeof ports;
export type Ports = Readonly<Record<PortName, number>>;

/** Something stands in the way of a start; the message says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * The ports to use.
 * @throws StartError that names every port that is malformed, or in use.
 */
export async function choosePorts(env: NodeJS.ProcessEnv, unused: readonly PortName[]): Promise<Ports> {
  const chosen: Partial<Record<PortName, number>> = {};
  const faults: string[] = [];
  for (const [name, { variable, fallback, who }] of Object.entries(ports) as [PortName, (typeof ports)[PortName]][]) {
    const text = env[variable] ?? String(fallback);
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(port >= 1 && port <= 65_535)) faults.push(`${variable} must be a port from 1 to 65535; it is "${text}".`);
    else if (!unused.includes(name) && !(await isFree(port))) {
      faults.push(`Port ${port} (${who}) is in use by another program. End that, or set ${variable} to a free port.`);
    }
    chosen[name] = port;
  }
  if (faults.length > 0) throw new StartError(faults.join('\n'));
  return chosen as Ports;
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  return promise;
}

/** The keys of a local installation. */
export interface Keys {
  readonly keyRing: string;
  readonly jwtSecret: string;
}

/** The keys that are kept from the first start on, or new ones. */
export async function keys(): Promise<Keys> {
  return await remembered('keys.json', () => ({
    keyRing: `local:${randomBytes(32).toString('base64')}`,
    jwtSecret: randomBytes(32).toString('base64url'),
  }));
}

/** What a JSON file of the data folder holds, made the first time. Readable by nobody else. */
export async function remembered<T>(file: string, make: () => T | Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true });
  const name = path.join(dataDir, file);
  try {
    return JSON.parse(await readFile(name, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new StartError(`${name} can not be read: ${String(error)}. Remove it to start afresh.`);
  }
  const made = await make();
  await remember(file, made);
  return made;
}

/** Keeps a value for {@link remembered}. */
export async function remember(file: string, value: unknown): Promise<void> {
  await writeFile(path.join(dataDir, file), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}
