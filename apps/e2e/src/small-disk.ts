import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, eventually, OwnedProcess, type TestDatabase } from '@cepro/testkit';

// In these the user who runs the tests may mount.
const namespaces = ['unshare', '--user', '--map-root-user', '--mount', '--'] as const;

/** True where this user may have a file system of its own: not in every container. */
export function canHaveSmallDisk(): boolean {
  const [command, ...args] = [...namespaces, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()] as [string, ...string[]];
  return process.platform === 'linux' && spawnSync(command, args).status === 0;
}

/** A Postgres with a disk that can be filled up. */
export interface SmallDisk {
  /** A database on it. */
  readonly database: TestDatabase;
  /** What the server has written of troubles with its disk, and what became of it. */
  readonly lines: readonly string[];
  /** Takes what room is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  free(): Promise<void>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../test/support/small-disk.mjs', import.meta.url));

export async function startSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cepro-small-disk-'));
  const server = await OwnedProcess.start(process.execPath, [program, folder, String(megabytes)], { env: {}, onParentDeath: 'KILL', through: namespaces });
  const ready = await eventually(() => server.lines.find((line) => line.includes('"ready"')) ?? '');
  const { url } = JSON.parse(ready) as { url: string };
  const databaseUrl = await createDatabase(url);
  // As the server's process sees it: for everybody else the folder is empty.
  const filler = path.join(`/proc/${server.pid}/root`, folder, 'filler');
  return {
    database: { name: new URL(databaseUrl).pathname.slice(1), url: databaseUrl, drop: async () => undefined },
    lines: server.lines,
    fill: () => writeUntilFull(filler),
    free: () => rm(filler),
    async stop() {
      await server.stop('SIGTERM', 60_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeUntilFull(name: string): Promise<void> {
  const file = await open(name, 'a');
  const bytes = Buffer.alloc(1_048_576);
  try {
    // The last write before there is no room at all stores what still fits.
    for (;;) await file.write(bytes);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
}
