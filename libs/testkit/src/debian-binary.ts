import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { workspaceRoot } from './workspace.ts';

const execute = promisify(execFile);

/** A program that a Debian package holds. */
export interface DebianBinary {
  readonly package: string;
  /** Where the package has it, such as `usr/bin/promtool`. */
  readonly file: string;
  /** Whether a program at that path does. */
  readonly isGood: (file: string) => Promise<boolean>;
}

/**
 * Where the program is, unpacked from the package into the workspace's `.cache`, and fetched if it is not there yet. The system is
 * left alone.
 * @throws Error with what the fetching said.
 */
export async function debianBinary(wanted: DebianBinary): Promise<string> {
  const cache = path.join(workspaceRoot, '.cache', wanted.package);
  const cached = path.join(cache, wanted.file);
  const isThere = async () => existsSync(cached) && (await wanted.isGood(cached));
  if (await isThere()) return cached;
  await mkdir(path.dirname(cache), { recursive: true });
  // Several processes may get here at once: each unpacks into a folder of its own, and one of them wins the name.
  const own = await mkdtemp(`${cache}-`);
  try {
    process.stdout.write(`Fetching ${wanted.package} (once) …\n`);
    const script = path.join(workspaceRoot, 'tools', 'fetch-deb.sh');
    const { stdout } = await execute('bash', [script, 'sid', own, wanted.package], { timeout: 300_000 });
    if (!(await wanted.isGood(path.join(own, wanted.file)))) throw new Error(`${stdout.trim()} is not what is needed`);
    process.stdout.write(`Fetched Debian's package ${stdout.trim()} into .cache/${wanted.package}.\n`);
    // One that is there but no good is an older version, or half of one.
    if (existsSync(cache) && !(await isThere())) await rm(cache, { recursive: true, force: true });
    await rename(own, cache).catch(async (error: unknown) => {
      // The good one that another process has just put there will do.
      if (!(await isThere())) throw error;
    });
    return cached;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message?: string };
    throw new Error(stderr?.trim() || message || String(error), { cause: error });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
