// npm run bench: measures the system on this machine, each figure beside its reference. See --help.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { natsServerBinary } from '@cepro/testkit';
import { parseWish, UsageError, type Wish } from './arguments.ts';
import { describeMachine } from './machine/machine.ts';
import { machineBusyMs, usageOf } from './machine/proc.ts';
import { describeProfile } from './machine/profiles.ts';
import { conclusion, heading, reportJson, type Outcome, type Report } from './report/report.ts';
import { table } from './report/table.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { Stage } from './stage.ts';

const usage = `usage: npm run bench [-- [--short] [--json FILE] [--cpu-prof FOLDER] [SCENARIO …]]

  npm run bench                              everything, in full; most of an hour
  npm run bench -- worker latency            these scenarios
  npm run bench -- --short                   everything scaled down, about a minute: shows that it works, and no more
  npm run bench -- --list                    which scenarios there are, and how long each takes

  --json FILE         writes all figures to FILE as well; without it to .cache/bench.json
  --cpu-prof FOLDER   writes profiles of the workers' CPU time to FOLDER, and prints what took most

Starts NATS, Postgres and the services on free ports of loopback, and ends them again. Figures come with a reference of the
same run: on a machine that others use, compare ratios. NATS_SERVER_BIN names a nats-server 2.12 or later. Linux only.
The exit code is 0 when everything was measured, whatever the figures are.`;

const print = (text: string) => void process.stdout.write(`${text}\n`);
const progress = (text: string) => void process.stderr.write(`  … ${text}\n`);

type Run = Extract<Wish, { kind: 'run' }>;

async function main(): Promise<void> {
  const wish = parseWish(process.argv.slice(2), scenarios.map(({ name }) => name));
  if (wish.kind === 'help') return print(usage);
  if (wish.kind === 'list') return print(list());
  if (process.platform !== 'linux') throw new UsageError('The bench reads /proc and so runs on Linux only.');
  const scratch = await mkdtemp(path.join(tmpdir(), 'cepro-bench-'));
  // Postgres may run as another user, who has to get through.
  await chmod(scratch, 0o711);
  // Whatever servers leave behind, also when this process is ended while they start, goes with it.
  process.env['TMPDIR'] = scratch;
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.reject(new InterruptedError(signal)));
  const opening = natsServerBinary().then((binary) => {
    process.env['NATS_SERVER_BIN'] = binary;
    return Stage.open({ short: wish.short, progress, cpuProfiles: wish.cpuProfiles && path.resolve(wish.cpuProfiles) });
  });
  try {
    await Promise.race([opening.then((stage) => bench(wish, stage)), interrupted.promise]);
  } finally {
    // Whoever waits for what failed to open has been told.
    await opening.then((stage) => stage.close(), () => undefined).catch((error: unknown) => progress(String(error)));
    await rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

class InterruptedError extends Error {}

/** Scenarios failed, each of which has said why. */
class UnmeasuredError extends Error {}

async function bench(wish: Run, stage: Stage): Promise<void> {
  const startedAt = new Date().toISOString();
  const machine = await describeMachine({ natsBinary: process.env['NATS_SERVER_BIN'] ?? '', postgresUrl: stage.postgres.adminUrl });
  const { processors, model, memoryBytes, node, nats, postgres } = machine;
  print(`${processors} × ${model}, ${Math.round(memoryBytes / 2 ** 30)} GiB; Node ${node}, nats-server ${nats}, Postgres ${postgres}`);
  const outcomes: Outcome[] = [];
  const failed: string[] = [];
  for (const name of wish.names) {
    const outcome = await measure(scenarios.find((scenario) => scenario.name === name)!, stage, processors).catch((error: unknown) => {
      // The others can be measured all the same.
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`);
      failed.push(name);
    });
    if (!outcome) continue;
    outcomes.push(outcome);
    print(`\n${heading(outcome)}\n${table(outcome.figures)}`);
    const report: Report = {
      startedAt, endedAt: new Date().toISOString(), command: command(), form: wish.short ? 'short' : 'full', machine, scenarios: outcomes,
    };
    // After each, so that nothing is lost of a long run that is broken off.
    await mkdir(path.dirname(file(wish)), { recursive: true });
    await writeFile(file(wish), reportJson(report));
  }
  if (wish.cpuProfiles !== undefined) print(`\n${await describeProfile(wish.cpuProfiles, Date.parse(startedAt))}`);
  print(`\n${conclusion(outcomes)} All figures are in ${file(wish)}.`);
  if (failed.length > 0) throw new UnmeasuredError(`Could not be measured: ${failed.join(', ')}.`);
}

function command(): string {
  return ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
}

async function measure(scenario: Scenario, stage: Stage, processors: number): Promise<Outcome> {
  process.stderr.write(`${scenario.name}\n`);
  const [startedAt, busy, own] = [performance.now(), machineBusyMs(), usageOf(process.pid).cpuMs];
  const figures = await scenario.run(stage).catch(async (error: unknown) => {
    await stage.endScenario();
    throw error;
  });
  const elapsedMs = performance.now() - startedAt;
  const others = machineBusyMs() - busy - (usageOf(process.pid).cpuMs - own);
  await stage.endScenario();
  return {
    name: scenario.name, title: scenario.title, seconds: elapsedMs / 1_000, figures,
    othersPercent: Math.max(0, (100 * others) / (elapsedMs * processors)),
  };
}

function file({ json }: Run): string {
  return path.resolve(json ?? path.join('.cache', 'bench.json'));
}

function list(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios.map(({ name, title, minutes }) => `${name.padEnd(width)}  ${title} (${minutes} min)`).join('\n');
}

function textOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nSee npm run bench -- --help.`;
  if (error instanceof UnmeasuredError) return error.message;
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof InterruptedError) {
    process.stderr.write('\nInterrupted; everything that was started has been ended.\n');
    process.exit(130);
  }
  process.stderr.write(`\n${textOf(error)}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
