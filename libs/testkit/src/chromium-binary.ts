import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** A package manager that somebody else keeps busy is waited for, in seconds. */
const lockSeconds = 300;

/**
 * Where Chromium is: `CHROMIUM_BIN`, the PATH, or, for root on Debian, the package, which is then installed.
 * @throws Error that says what to install when there is none to be had.
 */
export async function chromiumBinary(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { CHROMIUM_BIN: given } = env;
  if (given) {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM_BIN is ${given}, which is not there.`);
  }
  const found = onPath(env);
  if (found) return found;
  await install();
  const installed = onPath(env);
  if (installed) return installed;
  throw new Error('Debian\'s package chromium is installed, and yet no chromium is on the PATH.');
}

function onPath({ PATH: searchPath = '' }: NodeJS.ProcessEnv): string | undefined {
  return searchPath.split(path.delimiter).filter(Boolean).flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

async function install(): Promise<void> {
  try {
    if (process.getuid?.() !== 0) throw new Error('only root can install it');
    process.stdout.write('Installing Debian\'s package chromium (once) …\n');
    const options = { timeout: 900_000, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await execute('apt-get', ['-qq', 'update'], options);
    await execute('apt-get', ['-qq', '-o', `DPkg::Lock::Timeout=${lockSeconds}`, 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], options);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message?: string };
    throw new Error(
      `There is no Chromium on the PATH, and it could not be installed: ${stderr?.trim() || message || String(error)}\n` +
        'Install it (on Debian "apt-get install chromium" as root), or set CHROMIUM_BIN to the path of one.',
      { cause: error },
    );
  }
}
