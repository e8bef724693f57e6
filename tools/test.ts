// npm test: builds, lints and type-checks everything, then runs every test against real servers. npm run test:containers: the
// integration tests, against servers in containers. See --help.
import { existsSync, globSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromiumBinary, kustomizeBinary, natsServerBinary, prometheusBinary, promtoolBinary, workspaceRoot } from '@cepro/testkit';
import { leftOutNotice, selection } from './container-suite.ts';
import { runStep, stopSteps } from './step.ts';
import { failedFiles, repeat, summary, tally, type JestReport, type Tally } from './test-report.ts';

const usage = `usage: npm test [-- [--check] [JEST ARGUMENTS]]

  npm test                    build, lint, typecheck, and all tests
  npm run check               lint, typecheck, and unit tests, which need no servers
  npm run test:containers     build, and the integration tests, with NATS and Postgres in containers of a Docker engine
  npm test -- event-router    build, and the tests whose path contains "event-router"
  npm test -- -t 'retries'    build, and the tests whose name contains "retries"

The last line is "N passed, N failed"; the exit code is 0 when nothing failed. A skipped test counts as failed.
When up to three files of a whole run fail, they are run once more, alone; what then passes is counted as passed, and named as unsteady.
Environment: NATS_SERVER_BIN (a nats-server 2.12 or later), CHROMIUM_BIN (a Chromium), PROMTOOL_BIN (Prometheus' promtool), PROMETHEUS_BIN (Prometheus), KUSTOMIZE_BIN (kustomize), TEST_POSTGRES_URL (a superuser's, to use that server),
TEST_NATS_IMAGE and TEST_POSTGRES_IMAGE (what containers are made of), DOCKER_HOST and others of Testcontainers',
CI (to run build, lint and typecheck without Nx's cache).`;

const bin = (name: string) => path.join(workspaceRoot, 'node_modules', '.bin', name);
/** When more files than this fail, it is not the machine. */
const mostRepeated = 3;
/** How long one run of Jest may take. */
const longestMs = 70 * 60_000;
/** How long Jest may take to end after its last test. */
const exitMs = 30_000;

interface Run {
  readonly check: boolean;
  /** Whether servers run in containers. */
  readonly containers: boolean;
  /** Arguments for Jest, by which only some of the tests are run. */
  readonly filters: readonly string[];
  /** Everything temporary goes in here, so that nothing stays even of tests that were interrupted. */
  readonly scratch: string;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const scratch = await mkdtemp(path.join(tmpdir(), 'cepro-test-'));
  // Postgres may run as another user, who has to get through.
  await chmod(scratch, 0o711);
  const interrupted = untilInterrupted();
  try {
    const run: Run = {
      check: args.includes('--check'), containers: args.includes('--containers'), scratch,
      filters: args.filter((arg) => !['--check', '--containers'].includes(arg)),
    };
    const result = await Promise.race([allSteps(run), interrupted]);
    if (typeof result === 'number') return result;
    console.log(`\n${summary(result)}`);
    return result.some(({ failed }) => failed > 0) ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.log(`\n${summary([{ name: 'test run', passed: 0, failed: 1 }])}`);
    return 1;
  } finally {
    await stopSteps();
    await removeContainers();
    // Servers end with the process that started them; they may be writing for a moment yet.
    await rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** The exit code for SIGINT, SIGTERM or SIGHUP, when one comes. */
function untilInterrupted(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  process.on('SIGINT', () => resolve(130));
  process.on('SIGTERM', () => resolve(143));
  process.on('SIGHUP', () => resolve(129));
  return promise;
}

/** Removes what was left in containers, which do not end with the process that started them; nothing where there were none. */
let removeContainers = async (): Promise<void> => undefined;

async function allSteps(run: Run): Promise<Tally[]> {
  const targets = run.check ? ['lint', 'typecheck'] : run.containers || run.filters.length > 0 ? ['build'] : ['build', 'lint', 'typecheck'];
  // First of all, as tests can do nothing without it.
  const env = await servers(run);
  // Those that need a browser, Prometheus or kustomize would get it themselves, in the time of a test.
  if (!run.check && run.filters.length === 0) {
    Object.assign(env, { CHROMIUM_BIN: await chromiumBinary(), PROMETHEUS_BIN: await prometheusBinary() });
    if (!run.containers) Object.assign(env, { PROMTOOL_BIN: await promtoolBinary(), KUSTOMIZE_BIN: await kustomizeBinary() });
  }
  const tallies: Tally[] = [];
  for (const target of targets) tallies.push(await workspaceTarget(target));
  return [...tallies, ...(await jest(run, env))];
}

/** Variables by which tests get their servers. */
async function servers({ check, containers, scratch }: Run): Promise<Record<string, string>> {
  if (check) return { TEST_SERVERS: 'off' };
  if (!containers) return { NATS_SERVER_BIN: await natsServerBinary() };
  const engine = await import('@cepro/testkit/containers');
  await engine.prepareEngine();
  console.log(leftOutNotice());
  const name = path.basename(scratch);
  removeContainers = () => engine.removeLeftovers(name).catch((error: Error) => console.error(`Containers of this run are left: ${error.message}`));
  return { TEST_SERVERS: 'containers', TEST_RUN: name };
}

/** One Nx target for all projects: one check. */
async function workspaceTarget(target: string): Promise<Tally> {
  console.log(`▸ ${target} …`);
  const { code, output, seconds } = await runStep(bin('nx'), ['run-many', '-t', target, '--outputStyle=static'], {
    output: 'collect',
    env: process.env['CI'] ? { NX_SKIP_NX_CACHE: 'true' } : {},
  });
  if (code !== 0) console.log(output);
  console.log(`${code === 0 ? '✔' : '✘'} ${target} (${seconds.toFixed(1)} s)`);
  return { name: target, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

async function jest(run: Run, env: Readonly<Record<string, string>>): Promise<Tally[]> {
  console.log(run.check ? '▸ unit tests …' : '▸ tests …');
  const others = run.containers ? [] : ['{compose,k8s,monitoring,tools}/jest.config.mjs'];
  const projects = globSync(['{apps,libs}/*/jest.config.mjs', ...others], { cwd: workspaceRoot }).map((file) => path.dirname(file)).sort();
  const selected = [
    ...run.filters, '--maxWorkers=2',
    ...(run.containers ? selection : []),
    ...(run.check ? ['--testPathIgnorePatterns=/node_modules/', '--testPathIgnorePatterns=<rootDir>/test/'] : []),
    // Last, as it takes whatever follows.
    '--projects', ...projects,
  ];
  const first = await jestReport(selected, { name: 'report.json', scratch: run.scratch, env });
  if (!('report' in first)) return [first.problem];
  const failed = failedFiles(first.report);
  let { report, problem } = first;
  if (failed.length > 0 && failed.length <= mostRepeated && !problem && !run.check && run.filters.length === 0) {
    console.log(`\n▸ once more, alone: ${failed.map((file) => path.relative(workspaceRoot, file)).join(', ')} …`);
    const second = await jestReport(['--maxWorkers=1', '--projects', ...projects, '--runTestsByPath', ...failed], { name: 'again.json', scratch: run.scratch, env });
    if ('report' in second) {
      const repeated = repeat(report, second.report);
      report = repeated.report;
      problem = second.problem;
      for (const test of repeated.unsteady) console.log(`  unsteady: failed beside others, passed alone: ${test}`);
    }
  }
  const tallies = tally(report, { root: workspaceRoot, filteredByName: run.filters.some(isNameFilter) });
  return problem ? [...tallies, problem] : tallies;
}

/** Runs Jest to its end. A `problem` is what is wrong with the run besides its tests. */
async function jestReport(
  args: readonly string[], { name, scratch, env }: { name: string; scratch: string; env: Readonly<Record<string, string>> },
): Promise<{ report: JestReport; problem?: Tally | undefined } | { problem: Tally }> {
  const file = path.join(scratch, name);
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', '--conditions=@cepro/source'];
  let hung: string | undefined;
  let stopWatching = () => {};
  const { code } = await runStep(flags[0] as string, [...flags.slice(1), bin('jest'), '--json', `--outputFile=${file}`, ...args], {
    output: 'show',
    env: { ...env, TMPDIR: scratch },
    onStart: (kill) => {
      stopWatching = watchExit(file, (what) => { hung = what; kill(); });
    },
  }).finally(() => stopWatching());
  const problem = (what: string): Tally => ({ name: `tests (${what})`, passed: 0, failed: 1 });
  if (!existsSync(file)) return { problem: problem(hung ?? 'Jest did not run, see above') };
  const report = JSON.parse(await readFile(file, 'utf8')) as JestReport;
  if (hung) return { report, problem: problem(hung) };
  return { report, ...((code > 1 || (code === 1 && failedFiles(report).length === 0)) && { problem: problem(`Jest ended with code ${code}`) }) };
}

function isNameFilter(argument: string): boolean {
  return /^(-t|--testNamePattern)/.test(argument);
}

/** Jest waits for ever for what a test has left open, and for a test file that does not come to its tests. Returns a function that ends watching. */
function watchExit(report: string, onHang: (what: string) => void): () => void {
  const timers = [setTimeout(() => onHang(`still not done after ${longestMs / 60_000} min`), longestMs)];
  const poll = setInterval(() => {
    if (!existsSync(report)) return;
    clearInterval(poll);
    timers.push(setTimeout(() => onHang(`something stayed open ${exitMs / 1_000} s after the last one`), exitMs));
  }, 1_000);
  return () => [poll, ...timers].forEach((timer) => clearTimeout(timer));
}

process.exitCode = await main(process.argv.slice(2));
// A step that was interrupted may still hold this process up.
process.exit();
