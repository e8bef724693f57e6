import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { natsServerBinary, workspaceRoot } from '@cepro/testkit';
import { runStep } from '../step.ts';
import { edited, namePattern, type Edit, type Tests } from './breakage.ts';
import type { TestRun } from './verdict.ts';

/** What is no part of the sources, or is linked instead of copied. */
const leftOut = new Set(['node_modules', '.git', '.nx', '.cache', '.data', 'coverage']);

/** The tests start these, built. */
const services = ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'provision'];

/** A copy of the checkout, in which things may be broken. The working tree is never touched. */
export class Workshop {
  private constructor(private readonly folder: string, private readonly natsServer: string) {}

  static async open(): Promise<Workshop> {
    const natsServer = await natsServerBinary();
    const folder = await mkdtemp(path.join(tmpdir(), 'cepro-mutation-'));
    const workshop = new Workshop(folder, natsServer);
    try {
      // Postgres may run as another user, who has to get through.
      for (const each of [workshop.#root, workshop.#scratch]) await mkdir(each, { mode: 0o711 });
      await chmod(folder, 0o711);
      // With times, so that what is built already need not be built again.
      await cp(workspaceRoot, workshop.#root, { recursive: true, preserveTimestamps: true, filter: (source) => !leftOut.has(path.basename(source)) });
      await workshop.#linkModules();
      return workshop;
    } catch (error) {
      await workshop.close();
      throw error;
    }
  }

  get #root(): string {
    return path.join(this.folder, 'checkout');
  }

  /** Everything temporary of the tests goes in here, so that nothing stays of those that are cut short. */
  get #scratch(): string {
    return path.join(this.folder, 'tmp');
  }

  /** Makes edits: all of them, or none where one does not fit. Returns what takes them back. */
  async edit(edits: readonly Edit[]): Promise<() => Promise<void>> {
    const before = new Map<string, string>();
    const after = new Map<string, string>();
    for (const edit of edits) {
      const file = path.join(this.#root, edit.file);
      const source = after.get(file) ?? (await readFile(file, 'utf8'));
      if (!before.has(file)) before.set(file, source);
      after.set(file, edited(source, edit));
    }
    const write = async (texts: ReadonlyMap<string, string>) => void (await Promise.all([...texts].map(([file, text]) => writeFile(file, text))));
    await write(after);
    return () => write(before);
  }

  /** Builds the services and the project that a file belongs to. Returns what the compiler says against it, if anything. */
  async build(files: readonly string[]): Promise<string | undefined> {
    const projects = new Set([...services.map((name) => `apps/${name}`), ...files.map(projectOf)]);
    const configs = [...projects].map((project) => `${project}/tsconfig.build.json`);
    const { code, output } = await runStep('node_modules/typescript/bin/tsc', ['-b', ...configs], { cwd: this.#root, output: 'collect' });
    return code === 0 ? undefined : output.trim();
  }

  /** Runs tests until the first one fails. `undefined` if they did not come to an end in time. */
  async test(tests: Tests, { limitMs, testLimitMs }: { limitMs: number; testLimitMs: number }): Promise<TestRun | undefined> {
    const report = path.join(this.folder, 'verdict.json');
    await rm(report, { force: true });
    const pattern = namePattern(tests);
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--conditions=@cepro/source'];
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const { output } = await runStep(flags[0] as string, [
      ...flags.slice(1), 'node_modules/jest/bin/jest.js', '--runInBand', '--forceExit', `--testTimeout=${testLimitMs}`, ...(pattern ? ['-t', pattern] : []),
      '--config', await this.#jestConfig(tests, report), '--runTestsByPath', path.join(this.#root, tests.file),
    ], {
      cwd: this.#root,
      output: 'collect',
      env: { TMPDIR: this.#scratch, NATS_SERVER_BIN: this.natsServer, FORCE_COLOR: '0' },
      onStart: (kill) => {
        timer = setTimeout(() => {
          isLate = true;
          kill();
        }, limitMs);
      },
    }).finally(() => clearTimeout(timer));
    if (isLate) return undefined;
    if (!existsSync(report)) return { passed: [], broken: output.trim().split('\n').slice(-3).join(' ') || 'Jest wrote nothing' };
    return JSON.parse(await readFile(report, 'utf8')) as TestRun;
  }

  async close(): Promise<void> {
    // Servers that are ending may be writing for a moment yet.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** Reporters can be given options by a configuration alone. */
  async #jestConfig({ file }: Tests, report: string): Promise<string> {
    const config = path.join(this.folder, 'jest.config.json');
    const reporter = path.join(workspaceRoot, 'tools', 'mutation', 'verdict.reporter.mjs');
    await writeFile(config, JSON.stringify({ rootDir: this.#root, projects: [path.join(this.#root, projectOf(file))], reporters: [[reporter, { file: report }]] }));
    return config;
  }

  /** Links what was installed, and the workspace's own packages to their copies. */
  async #linkModules(): Promise<void> {
    const nested = (await Promise.all(['apps', 'libs'].map(async (group) => (await readdir(path.join(workspaceRoot, group))).map((name) => path.join(group, name))))).flat();
    for (const project of nested) {
      const installed = path.join(workspaceRoot, project, 'node_modules');
      if (existsSync(installed)) await symlink(installed, path.join(this.#root, project, 'node_modules'));
    }
    const installed = path.join(workspaceRoot, 'node_modules');
    await mkdir(path.join(this.#root, 'node_modules', '@cepro'), { recursive: true });
    for (const name of await readdir(installed)) {
      if (name !== '@cepro') await symlink(path.join(installed, name), path.join(this.#root, 'node_modules', name));
    }
    for (const name of await readdir(path.join(installed, '@cepro'))) {
      const target = await readlink(path.join(installed, '@cepro', name));
      await symlink(path.isAbsolute(target) ? path.join(this.#root, path.relative(workspaceRoot, target)) : target, path.join(this.#root, 'node_modules', '@cepro', name));
    }
  }
}

/** `apps/x` or `libs/y`. */
function projectOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}
