import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@cepro/testkit';
import { scenarios } from '../src/scenarios/index.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const flags = ['--disable-warning=ExperimentalWarning', '--import=./tools/swc-hooks.mjs', '--conditions=@cepro/source'];

let scratch: string;
beforeEach(async () => { scratch = await mkdtemp(path.join(tmpdir(), 'cepro-bench-test-')); });
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

interface ReportedFigure {
  readonly name: string;
  readonly value: number;
  readonly reference?: { readonly value: number };
  readonly ratio: number | null;
}

describe('npm run bench', () => {
  it('--short measures everything that there is to measure', async () => {
    const file = path.join(scratch, 'bench.json');
    const { code, stdout, stderr } = await run('--short', '--json', file);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(await readFile(file, 'utf8')) as { form: string; scenarios: { name: string; figures: ReportedFigure[] }[] };
    expect([report.form, report.scenarios.map(({ name }) => name)]).toEqual(['short', scenarios.map(({ name }) => name)]);
    for (const { name, figures } of report.scenarios) {
      expect(figures.length).toBeGreaterThan(0);
      expect(new Set(figures.map((figure) => figure.name)).size).toBe(figures.length);
      // Whatever the figures are: how fast a busy machine is tells nothing.
      const bad = figures.filter(({ value, reference, ratio }) => ![value, reference?.value ?? 0, ratio ?? 0].every(Number.isFinite) || (reference && ratio === null));
      expect({ name, bad }).toEqual({ name, bad: [] });
      expect(stdout).toContain(`${name}: `);
    }
    expect(serversLeft()).toEqual([]);
    // What a machine that stalls makes of a minute.
  }, 1_800_000);

  it('ends everything when it is interrupted, and says so', async () => {
    const { child, output, ended } = start('--short', 'latency', '--json', path.join(scratch, 'bench.json'));
    while (!output.stderr.includes('latency') && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toContain('Interrupted');
    expect([code, serversLeft(), await readdir(scratch)]).toEqual([130, [], []]);
  });

  it('tells what it can do, and what it can not', async () => {
    expect(await run('--list')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^worker +One worker process/) });
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('usage: npm run bench') });
    expect(await run('wurker')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no scenario wurker; there are worker, ') });
  });
});
