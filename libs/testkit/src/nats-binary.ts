import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { workspaceRoot } from './workspace.ts';

const execute = promisify(execFile);

/** The oldest version that this project is tried against in mind: streams of it can be asked directly and in batches. */
const oldest = [2, 12] as const;
const cache = path.join(workspaceRoot, '.cache', 'nats');
const cached = path.join(cache, 'usr', 'sbin', 'nats-server');

/**
 * Where a nats-server 2.12 or later is: `NATS_SERVER_BIN`, the PATH, or a Debian package that is fetched once into the
 * workspace's `.cache`, leaving the system alone.
 * @throws Error that says what to install when there is none to be had.
 */
export async function natsServerBinary(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { NATS_SERVER_BIN: given, PATH: searchPath = '' } = env;
  if (given) {
    if (await isRecent(given)) return given;
    throw new Error(`NATS_SERVER_BIN is ${given}, which is not a nats-server ${oldest.join('.')} or later.`);
  }
  for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
    const binary = path.join(folder, 'nats-server');
    if (existsSync(binary) && (await isRecent(binary))) return binary;
  }
  if (existsSync(cached) && (await isRecent(cached))) return cached;
  return fetchOnce();
}

/** The version of a binary such as [2, 12, 1]; undefined when it can't be run. */
async function versionOf(binary: string): Promise<number[] | undefined> {
  try {
    const { stdout } = await execute(binary, ['--version'], { timeout: 10_000 });
    const match = /v(\d+)\.(\d+)\.(\d+)/.exec(stdout);
    return match?.slice(1).map(Number);
  } catch {
    return undefined;
  }
}

async function isRecent(binary: string): Promise<boolean> {
  const [major = 0, minor = 0] = (await versionOf(binary)) ?? [];
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

async function fetchOnce(): Promise<string> {
  await mkdir(path.dirname(cache), { recursive: true });
  // Several processes may get here at once: each unpacks into a folder of its own, and one of them wins the name.
  const own = await mkdtemp(`${cache}-`);
  try {
    process.stdout.write('Fetching nats-server (once) …\n');
    const script = path.join(workspaceRoot, 'tools', 'fetch-deb.sh');
    const { stdout } = await execute('bash', [script, 'sid', own, 'nats-server'], { timeout: 300_000 });
    if (!(await isRecent(path.join(own, 'usr', 'sbin', 'nats-server')))) throw new Error(`${stdout.trim()} is not what is needed`);
    process.stdout.write(`Fetched Debian's package ${stdout.trim()} into .cache/nats.\n`);
    await takeTheName(own);
    return cached;
  } catch (error) {
    throw new Error(
      `There is no nats-server ${oldest.join('.')} or later, and it could not be fetched: ${reasonOf(error)}\n` +
        'Install one (https://github.com/nats-io/nats-server/releases) and set NATS_SERVER_BIN to its path.',
      { cause: error },
    );
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function takeTheName(own: string): Promise<void> {
  // One that is there but no good is an older version, or half of one. The one that another process has just put there is good.
  if (existsSync(cache) && !(existsSync(cached) && (await isRecent(cached)))) await rm(cache, { recursive: true, force: true });
  try {
    await rename(own, cache);
  } catch (error) {
    if (!(await isRecent(cached))) throw error;
  }
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return stderr?.trim() || message || String(error);
}
