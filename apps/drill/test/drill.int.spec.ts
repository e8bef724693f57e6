import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@cepro/testkit';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--import=./tools/swc-hooks.mjs', '--conditions=@cepro/source'];

let scratch: string;
beforeEach(async () => { scratch = await mkdtemp(path.join(tmpdir(), 'cepro-drill-test-')); });
afterEach(() => rm(scratch, { recursive: true, force: true }));

function start(...args: string[]) {
  const child = spawn(process.execPath, [...flags, main, ...args], { cwd: workspaceRoot, env: { ...process.env, TMPDIR: scratch }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { output.stdout += String(chunk); });
  child.stderr.on('data', (chunk) => { output.stderr += String(chunk); });
  return { child, output, ended: once(child, 'close').then(([code]) => ({ code: code as number, ...output })) };
}

const run = (...args: string[]) => start(...args).ended;

/** The processes whose command line names the folder of this test: servers get their files by it. */
function serversLeft(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(scratch) ? [command] : [];
    } catch {
      return [];
    }
  });
}

interface ReportedPhase {
  readonly name: string;
  readonly faults: Record<'kill' | 'pause' | 'restart', number>;
  readonly audit: { readonly findings: Record<string, string[]>; readonly counts: Record<string, number> };
  readonly changesLost: string[];
  readonly unaccounted: string[];
  readonly incidents: string[];
}

describe('npm run drill', () => {
  it('--short loses nothing and doubles nothing without a reason, whatever is killed, stopped or restarted', async () => {
    const file = path.join(scratch, 'drill.json');
    // With this seed everything is killed, and a worker and a leader are among what is stopped.
    const { code, stdout, stderr } = await run('--short', '--seed', '153', '--json', file);
    expect({ code, output: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, output: '' });
    const report = JSON.parse(await readFile(file, 'utf8')) as { seed: number; findings: number; phases: ReportedPhase[] };
    expect([report.seed, report.findings, report.phases.map(({ name }) => name)]).toEqual([153, 0, ['one server', 'cluster of three']]);
    for (const { faults, audit, changesLost, unaccounted, incidents } of report.phases) {
      expect([...Object.values(audit.findings), changesLost, unaccounted, incidents].flat()).toEqual([]);
      // There were faults, and there was something to lose.
      expect(Math.min(...Object.values(faults))).toBeGreaterThan(0);
      for (const count of ['published', 'deliveries', 'succeeded', 'failed', 'attempts', 'requests']) expect(audit.counts[count]).toBeGreaterThan(50);
    }
    expect(stdout).toMatch(/^Seed 153, short form\n[^]*\nSeed 153, \d+ kills: nothing lost, nothing doubled without a reason\.\n$/);
    expect(serversLeft()).toEqual([]);
    // What a machine that stalls makes of three minutes.
  }, 1_800_000);

  it('ends everything when it is interrupted in the middle of its faults, and says so', async () => {
    const { child, output, ended } = start('--short', '--seed', '153');
    while (!output.stderr.includes('kill') && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toContain('Interrupted');
    expect([code, serversLeft(), await readdir(scratch)]).toEqual([130, [], []]);
  });

  it('tells what it can do, and what it can not', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('usage: npm run drill') });
    expect(await run('--seed', 'x')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--seed must be a whole number from 0 to 4294967295.') });
  });
});
