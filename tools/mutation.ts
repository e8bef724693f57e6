// npm run mutation: breaks the code on purpose, one way at a time, and shows that the tests notice. See --help.
import { parseArgs } from 'node:util';
import { breakages, lessPatience } from './mutation/breakages.ts';
import { testsByFile, type Breakage } from './mutation/breakage.ts';
import { judge, table, unfit, type TestRun, type Verdict } from './mutation/verdict.ts';
import { Workshop } from './mutation/workshop.ts';
import { stopSteps } from './step.ts';

const usage = `usage: npm run mutation [-- OPTIONS]

Breaks a copy of the code on purpose, in one listed way at a time, and runs the tests that must notice. The working tree is not touched.
Each test must pass on the unbroken code first, and each broken piece must compile. Ends with a table; the exit code is 0 when all were caught.

  --only NAME    this one; may be given more than once
  --list         the list, and which tests must notice each
  --help

All of it takes about half an hour. Environment: NATS_SERVER_BIN, TEST_POSTGRES_URL (as for npm test).`;

/** How long the tests of one breakage may take, and one of these tests. */
const limits = { limitMs: 8 * 60_000, testLimitMs: 2 * 60_000 };
/** The unbroken code has all tests of a file to pass at once. */
const unbrokenLimits = { ...limits, limitMs: 20 * 60_000 };

interface Result {
  readonly breakage: Breakage;
  readonly verdict: Verdict;
}

async function main(args: readonly string[]): Promise<number> {
  const { only = [], list, help } = parseArgs({
    args: [...args], options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  }).values;
  if (help) return print(usage);
  const unknown = only.filter((name) => !breakages.some((breakage) => breakage.name === name));
  if (unknown.length > 0) throw new Error(`not in the list: ${unknown.join(', ')} (see --list)`);
  const wanted = only.length > 0 ? breakages.filter(({ name }) => only.includes(name)) : breakages;
  if (list) return print(wanted.map(({ name, breaks, tests }) => `${name}\n  ${breaks}\n  ${tests.file}${tests.names ? `: ${tests.names.join('; ')}` : ''}`).join('\n'));

  const interrupted = untilInterrupted();
  const opening = Workshop.open();
  try {
    const results = await Promise.race([opening.then((workshop) => tryAll(workshop, wanted)), interrupted]);
    if (typeof results === 'number') return results;
    print(`\n${table(results)}`);
    const caught = results.filter(({ verdict }) => verdict.kind === 'caught').length;
    print(`\n${caught} of ${results.length} were noticed`);
    return caught === results.length ? 0 : 1;
  } finally {
    await stopSteps();
    await (await opening.catch(() => undefined))?.close();
  }
}

async function tryAll(workshop: Workshop, wanted: readonly Breakage[]): Promise<Result[]> {
  await workshop.edit(lessPatience);
  print('▸ building the unbroken code …');
  const complaint = await workshop.build(wanted.flatMap(({ edits }) => edits.map(({ file }) => file)));
  if (complaint) throw new Error(`the unbroken code does not compile:\n${complaint}`);
  const unbroken = new Map<string, TestRun | undefined>();
  const suites = testsByFile(wanted);
  for (const [index, tests] of suites.entries()) {
    print(`▸ unbroken ${index + 1}/${suites.length}: ${tests.file} …`);
    const run = await workshop.test(tests, unbrokenLimits);
    print(run?.failed || run?.broken || !run ? `  ✘ ${run?.failed?.name ?? run?.broken ?? 'takes too long'}\n${run?.failed?.message ?? ''}` : `  ✔ ${run.passed.length} tests`);
    unbroken.set(tests.file, run);
  }
  const results: Result[] = [];
  for (const [index, breakage] of wanted.entries()) {
    print(`▸ ${index + 1}/${wanted.length} ${breakage.name} …`);
    const startedAt = Date.now();
    const verdict = await tryOne(workshop, breakage, unbroken.get(breakage.tests.file));
    print(`  ${describe(verdict)}\n    (${Math.round((Date.now() - startedAt) / 1_000)} s)`);
    results.push({ breakage, verdict });
  }
  return results;
}

async function tryOne(workshop: Workshop, breakage: Breakage, unbroken: TestRun | undefined): Promise<Verdict> {
  const why = unfit(breakage, unbroken);
  if (why) return { kind: 'void', why };
  let restore;
  try {
    restore = await workshop.edit(breakage.edits);
  } catch (error) {
    return { kind: 'void', why: (error as Error).message };
  }
  try {
    const complaint = await workshop.build(breakage.edits.map(({ file }) => file));
    if (complaint) return { kind: 'void', why: `does not compile: ${complaint.split('\n')[0]}` };
    return judge(breakage, await workshop.test(breakage.tests, limits));
  } finally {
    await restore();
  }
}

function describe(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'caught':
      return `✔ caught: ${verdict.by}\n    ${verdict.how}`;
    case 'survived':
      return '✘ SURVIVED';
    case 'void':
      return `✘ VOID: ${verdict.why}`;
  }
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** The exit code for SIGINT, SIGTERM or SIGHUP, when one comes. */
function untilInterrupted(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  process.on('SIGINT', () => resolve(130));
  process.on('SIGTERM', () => resolve(143));
  process.on('SIGHUP', () => resolve(129));
  return promise;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// A step that was interrupted may still hold this process up.
process.exit();
