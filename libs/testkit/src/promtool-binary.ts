import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianBinary } from './debian-binary.ts';

const execute = promisify(execFile);

/**
 * Where Prometheus' promtool is: `PROMTOOL_BIN`, the PATH, or a Debian package that is fetched once.
 * @throws Error that says what to install when there is none to be had.
 */
export async function promtoolBinary(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { PROMTOOL_BIN: given, PATH: searchPath = '' } = env;
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`PROMTOOL_BIN is ${given}, which can not be run.`);
  }
  const found = searchPath.split(path.delimiter).filter(Boolean).map((folder) => path.join(folder, 'promtool')).find((file) => existsSync(file));
  if (found && (await runs(found))) return found;
  return await debianBinary({ package: 'promtool', file: 'usr/bin/promtool', isGood: runs }).catch((error: Error) => {
    throw new Error(`There is no promtool, and it could not be fetched: ${error.message}\nInstall Prometheus, and set PROMTOOL_BIN to the path of its promtool.`, { cause: error });
  });
}

async function runs(binary: string): Promise<boolean> {
  return await execute(binary, ['--version'], { timeout: 10_000 }).then(() => true, () => false);
}
