// npm run drill: breaks everything while events flow, and then compares all that there is to compare. See --help.
import { randomInt } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestAuthority, natsServerBinary, startPostgres } from '@cepro/testkit';
import { parseWish, UsageError, type Wish } from './arguments.ts';
import { phases, runPhase, type PhaseResult } from './phase.ts';
import { details, findingCount, reportJson, table, verdict, type Report } from './report/report.ts';

const usage = `usage: npm run drill [-- [--seed N] [--minutes N | --short] [--json FILE]]

  npm run drill                   the long form: 12 minutes of faults, more than 50 kills
  npm run drill -- --minutes 60   longer or shorter, from 2 minutes
  npm run drill -- --short        about three minutes in all, as in npm test
  npm run drill -- --seed 42      the faults of an earlier run, in the same order at the same times

  --json FILE   writes the result to FILE as well, with all that is known of what was found or came twice

Two routers and two workers, log-query, config-api, NATS and Postgres, on free ports of loopback, under steady load with retries.
Each is killed, stopped for longer than ack_wait, and restarted gently; then the leaders of a NATS cluster are. In the end it
compares what was published, what is on record, what receivers got and what the log says. The exit code is 1 when anything is
amiss. Linux only. Ctrl-C ends everything.`;

const print = (text: string) => void process.stdout.write(`${text}\n`);
const progress = (text: string) => void process.stderr.write(`  ${text}\n`);

const interrupted = new AbortController();

type Run = Extract<Wish, { kind: 'run' }>;

async function main(): Promise<number> {
  const wish = parseWish(process.argv.slice(2));
  if (wish.kind === 'help') {
    print(usage);
    return 0;
  }
  if (process.platform !== 'linux') throw new UsageError('The drill reads /proc and so runs on Linux only.');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  const scratch = await mkdtemp(path.join(tmpdir(), 'cepro-drill-'));
  // Postgres may run as another user, who has to get through.
  await chmod(scratch, 0o711);
  // Whatever servers leave behind, also when this process is ended while they start, goes with it.
  process.env['TMPDIR'] = scratch;
  try {
    process.env['NATS_SERVER_BIN'] = await natsServerBinary();
    return await drill(wish, interrupted.signal);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function drill(wish: Run, signal: AbortSignal): Promise<number> {
  const seed = wish.seed ?? randomInt(2 ** 32);
  const { name, singleMs, clusterMs } = wish.form;
  print(`Seed ${seed}, ${name} form`);
  const startedAt = new Date().toISOString();
  const [postgres, authority] = await Promise.all([startPostgres(), createTestAuthority()]);
  const results: PhaseResult[] = [];
  try {
    for (const [index, phase] of phases.entries()) {
      results.push(await runPhase(phase, { seed, durationMs: [singleMs, clusterMs][index]!, postgres, authority, signal, progress }));
    }
  } finally {
    await postgres.stop();
    await authority.dispose();
  }
  print(`\n${table(results)}\n`);
  for (const line of details(results)) print(line);
  print(verdict(seed, results));
  if (wish.json !== undefined) await writeReport(path.resolve(wish.json), { seed, form: name, startedAt, endedAt: new Date().toISOString(), phases: results });
  return findingCount(results) === 0 ? 0 : 1;
}

async function writeReport(file: string, report: Report): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, reportJson(report));
}

try {
  process.exit(await main());
} catch (error) {
  if (interrupted.signal.aborted) {
    process.stderr.write('\nInterrupted; everything that was started has been ended.\n');
    process.exit(130);
  }
  const text = error instanceof UsageError ? `${error.message}\nSee npm run drill -- --help.` : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`\n${text}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
