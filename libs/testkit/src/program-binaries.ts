import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { debianBinary } from './debian-binary.ts';

const execute = promisify(execFile);

/** A program that tests need as it comes: any version does that can be run. */
interface Program {
  /** Its own name, and that of its Debian package. */
  readonly name: string;
  /** Names its path. */
  readonly variable: string;
  /** What makes it print its version. */
  readonly versionArgument: string;
  /** What is to be installed where it can't be fetched. */
  readonly install: string;
}

/** Where kustomize is: `KUSTOMIZE_BIN`, the PATH, or a Debian package that is fetched once. @throws Error as {@link find} does. */
export const kustomizeBinary = (env: NodeJS.ProcessEnv = process.env): Promise<string> =>
  find({ name: 'kustomize', variable: 'KUSTOMIZE_BIN', versionArgument: 'version', install: 'kustomize' }, env);

/** Where Prometheus is: `PROMETHEUS_BIN`, the PATH, or a Debian package that is fetched once. @throws Error as {@link find} does. */
export const prometheusBinary = (env: NodeJS.ProcessEnv = process.env): Promise<string> =>
  find({ name: 'prometheus', variable: 'PROMETHEUS_BIN', versionArgument: '--version', install: 'Prometheus' }, env);

/** Where Prometheus' promtool is: `PROMTOOL_BIN`, the PATH, or a Debian package that is fetched once. @throws Error as {@link find} does. */
export const promtoolBinary = (env: NodeJS.ProcessEnv = process.env): Promise<string> =>
  find({ name: 'promtool', variable: 'PROMTOOL_BIN', versionArgument: '--version', install: 'Prometheus, which it comes with' }, env);

/** @throws Error that says what to install when there is none to be had, or that the one that was named can't be run. */
async function find({ name, variable, versionArgument, install }: Program, env: NodeJS.ProcessEnv): Promise<string> {
  const runs = (file: string) => execute(file, [versionArgument], { timeout: 10_000 }).then(() => true, () => false);
  const given = env[variable];
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`${variable} is ${given}, which can not be run.`);
  }
  const found = (env['PATH'] ?? '').split(path.delimiter).filter(Boolean).map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found && (await runs(found))) return found;
  return await debianBinary({ package: name, file: `usr/bin/${name}`, isGood: runs }).catch((error: Error) => {
    throw new Error(`There is no ${name}, and it could not be fetched: ${error.message}\nInstall ${install}, and set ${variable} to its path.`, { cause: error });
  });
}
