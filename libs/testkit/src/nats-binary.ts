import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianBinary } from './debian-binary.ts';

const execute = promisify(execFile);

/** The oldest version that this project is tried against in mind: streams of it can be asked directly and in batches. */
const oldest = [2, 12] as const;

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
  return await debianBinary({ package: 'nats-server', file: 'usr/sbin/nats-server', isGood: isRecent }).catch((error: Error) => {
    throw new Error(
      `There is no nats-server ${oldest.join('.')} or later, and it could not be fetched: ${error.message}\n` +
        'Install one (https://github.com/nats-io/nats-server/releases) and set NATS_SERVER_BIN to its path.',
      { cause: error },
    );
  });
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
