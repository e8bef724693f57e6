import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { postgresPrograms, unprivileged } from './postgres-programs.ts';
import { initdbArguments } from './postgres-settings.ts';

const execute = promisify(execFile);

/** A folder that Postgres can be started on. */
export interface Cluster {
  /** What Postgres calls its data directory. */
  readonly dir: string;
  /** The superuser's password; undefined where whoever can reach the port is trusted. */
  readonly password: string | undefined;
}

/**
 * Makes `dataDir` ready: creates the cluster in it unless it is there.
 * @throws Error when a running server uses it.
 */
export async function prepareCluster(dataDir: string, { durable }: { durable: boolean }): Promise<Cluster> {
  await mkdir(dataDir, { recursive: true });
  const dir = path.join(dataDir, 'cluster');
  const password = durable ? await keptPassword(path.join(dataDir, 'password')) : undefined;
  const { own } = unprivileged();
  await own(dataDir);
  if (existsSync(dir)) await removeStaleLock(dir);
  else await createCluster(dataDir, dir, password !== undefined);
  return { dir, password };
}

async function keptPassword(file: string): Promise<string> {
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

async function createCluster(dataDir: string, dir: string, withPassword: boolean): Promise<void> {
  const { through, own } = unprivileged();
  // Under another name until it is whole, in case this process is ended in the middle.
  const draft = `${dir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await own(dataDir);
  const authentication = withPassword
    ? ['--auth=scram-sha-256', `--pwfile=${path.join(dataDir, 'password')}`]
    : ['--auth=trust', '--no-sync'];
  const [file, ...args] = [
    ...through, path.join(postgresPrograms(), 'initdb'), `--pgdata=${draft}`, '--username=postgres', ...initdbArguments, '--no-instructions',
    ...authentication,
  ];
  try {
    await execute(file as string, args, { env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } });
  } catch (error) {
    throw new Error(`initdb failed: ${(error as { stderr?: string }).stderr || String(error)}`, { cause: error });
  }
  await chmod(draft, 0o700);
  await rename(draft, dir);
}

/** How long to wait for a server of the same folder that is shutting down, and for one that may be about to. */
const patienceMs = { stopping: 15_000, ready: 1_000 } as const;

/**
 * A server that was killed leaves its lock file, and its process id may belong to somebody else by now, for whom Postgres
 * would refuse to start. On Linux we can see whether that process is a server of this folder. One that is just ending,
 * because its parent has died, is waited for.
 */
async function removeStaleLock(dir: string): Promise<void> {
  const lock = path.join(dir, 'postmaster.pid');
  for (let waitedMs = 0; process.platform === 'linux'; waitedMs += 50) {
    const text = await readFile(lock, 'utf8').catch(() => '');
    const pid = Number.parseInt(text || '0', 10);
    if (!(await isServerOf(pid, dir))) return void (await rm(lock, { force: true }));
    const patience = text.includes('stopping') ? patienceMs.stopping : patienceMs.ready;
    if (waitedMs >= patience) throw new Error(`${dir} is in use by the Postgres server with process id ${pid}`);
    await sleep(50);
  }
}

/** A Postgres server's working directory is its cluster. */
async function isServerOf(pid: number, dir: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dir));
  } catch {
    return false;
  }
}
