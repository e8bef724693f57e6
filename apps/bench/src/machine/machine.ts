import { execFile } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Machine } from '../report/report.ts';

const execute = promisify(execFile);

/** Describes this machine and the servers on it. */
export async function describeMachine({ natsBinary, postgresUrl }: { natsBinary: string; postgresUrl: string }): Promise<Machine> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  const { stdout } = await execute(natsBinary, ['--version']);
  return {
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.versions.node,
    nats: /v[\d.]+/.exec(stdout)?.[0]?.slice(1) ?? stdout.trim(),
    postgres: rows[0]?.server_version ?? 'unknown',
  };
}
