import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianBinary } from './debian-binary.ts';

const execute = promisify(execFile);

/**
 * Where Prometheus is: `PROMETHEUS_BIN`, the PATH, or a Debian package that is fetched once.
 * @throws Error that says what to install when there is none to be had.
 */
export async function prometheusBinary(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { PROMETHEUS_BIN: given, PATH: searchPath = '' } = env;
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`PROMETHEUS_BIN is ${given}, which can not be run.`);
  }
  const found = searchPath.split(path.delimiter).filter(Boolean).map((folder) => path.join(folder, 'prometheus')).find((file) => existsSync(file));
  if (found && (await runs(found))) return found;
  return await debianBinary({ package: 'prometheus', file: 'usr/bin/prometheus', isGood: runs }).catch((error: Error) => {
    throw new Error(`There is no Prometheus, and it could not be fetched: ${error.message}\nInstall it, and set PROMETHEUS_BIN to its path.`, { cause: error });
  });
}

async function runs(binary: string): Promise<boolean> {
  return await execute(binary, ['--version'], { timeout: 10_000 }).then(() => true, () => false);
}
