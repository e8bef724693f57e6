import { stripVTControlCharacters } from 'node:util';
import type { Breakage } from './breakage.ts';

/** What a run of tests came to, as `verdict.reporter.mjs` writes it. A run ends with the first test that fails. */
export interface TestRun {
  /** Full names of the tests that passed. */
  readonly passed: readonly string[];
  /** The first that failed, and how. */
  readonly failed?: { readonly name: string; readonly message: string } | undefined;
  /** Why a test file could not be run at all. */
  readonly broken?: string | undefined;
}

/** What came of a breakage. */
export type Verdict =
  /** `how`: what the test said. */
  | { readonly kind: 'caught'; readonly by: string; readonly how: string }
  | { readonly kind: 'survived' }
  /** It says nothing of the tests: it does not compile, or they could not be run. */
  | { readonly kind: 'void'; readonly why: string };

/** Jest's own words for a test that did not end. */
const timedOut = /Exceeded timeout of/;

/** Judges a run; `undefined` for one that was ended because it took too long. A hang counts where it is what is expected, and there alone. */
export function judge({ hangs = false }: Pick<Breakage, 'hangs'>, run: TestRun | undefined): Verdict {
  if (!run || (run.failed && timedOut.test(run.failed.message))) {
    return hangs ? { kind: 'caught', by: run?.failed?.name ?? 'the time allowed', how: 'hangs' } : { kind: 'void', why: 'hangs' };
  }
  if (run.broken !== undefined) return { kind: 'void', why: `the tests could not be run: ${run.broken}` };
  if (run.failed) return { kind: 'caught', by: run.failed.name, how: gist(run.failed.message) };
  return run.passed.length > 0 ? { kind: 'survived' } : { kind: 'void', why: 'no test was run' };
}

/** The beginning of what a test said, without the colours and where in the code it was. */
function gist(message: string): string {
  const text = stripVTControlCharacters(message).split(/\n\s+at /)[0] ?? '';
  return text.replace(/\s+/g, ' ').trim().slice(0, 240);
}

/** Why a breakage can't be judged by its tests, from their run over the unbroken code; `undefined` if it can. */
export function unfit({ tests }: Pick<Breakage, 'tests'>, run: TestRun | undefined): string | undefined {
  if (!run) return 'its tests take too long, unbroken';
  if (run.broken !== undefined) return `its tests can not be run: ${run.broken}`;
  if (run.failed) return `fails unbroken: ${run.failed.name}`;
  const missing = (tests.names ?? ['']).find((part) => !run.passed.some((name) => name.includes(part)));
  if (missing === undefined) return undefined;
  return missing === '' ? 'there is no test in its file' : `there is no test "${missing}"`;
}

/** The table of a run, as Markdown. */
export function table(results: readonly { readonly breakage: Breakage; readonly verdict: Verdict }[]): string {
  const rows = results.map(({ breakage: { name, breaks, tests }, verdict }) => [`\`${name}\``, breaks, outcome(verdict, tests.file)]);
  return [['broken on purpose', 'what it breaks', 'noticed by'], ['---', '---', '---'], ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function outcome(verdict: Verdict, file: string): string {
  switch (verdict.kind) {
    case 'caught':
      return `\`${file}\`: ${verdict.by}${verdict.how === 'hangs' ? ' (hangs)' : ''}`;
    case 'survived':
      return '**SURVIVED**';
    case 'void':
      return `**VOID**: ${verdict.why}`;
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
