import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, startPostgres } from '../src/index.ts';
import { isAlive } from './alive.ts';
import { query } from './query.ts';

// What servers are only as processes of this machine; how they serve is tested wherever they run.

describe('a NATS server', () => {
  it('leaves no process behind when the one that started it is killed', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'cepro-orphan-'));
    const file = path.join(dir, 'pid');
    const script = `
      import { startNats } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
      import { writeFileSync } from 'node:fs';
      const { pid } = await startNats();
      writeFileSync(${JSON.stringify(file)}, String(pid));
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--conditions=@cepro/source', '--input-type=module', '--eval', script], {
      stdio: 'ignore', env: { ...process.env, TMPDIR: dir },
    });
    const pid = await eventually(async () => Number(await readFile(file, 'utf8')));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => !isAlive(pid), { timeoutMs: 5_000 });
    await rm(dir, { recursive: true });
  });
});

describe('a Postgres server', () => {
  it('is gone after stop, with its processes and its files', async () => {
    const other = await startPostgres();
    const backends = (await query(other.adminUrl, 'SELECT pid FROM pg_stat_activity')) as { pid: number }[];
    await other.stop();
    expect([other.pid, ...backends.map(({ pid }) => pid)].filter(isAlive)).toEqual([]);
    expect(existsSync(other.dataDir)).toBe(false);
  });
});

describe('startPostgres with a data folder', () => {
  let dataDir: string;
  beforeAll(async () => { dataDir = await mkdtemp(path.join(tmpdir(), 'cepro-postgres-spec-')); });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('keeps data and password over runs, asks for the password, and gets over a stale lock file', async () => {
    const first = await startPostgres({ dataDir, durable: true });
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
    expect(await query(first.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    const wrong = new URL(first.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o077).toBe(0);
    await expect(startPostgres({ dataDir, durable: true })).rejects.toThrow(`in use by the Postgres server with process id ${first.pid}`);
    await first.kill();

    // As if the process id had gone to somebody else, who is alive.
    await writeFile(path.join(dataDir, 'cluster', 'postmaster.pid'), `${process.ppid}\n${dataDir}/cluster\n`);
    const second = await startPostgres({ dataDir, durable: true });
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    await second.stop();
    expect(existsSync(dataDir)).toBe(true);
  });
});
