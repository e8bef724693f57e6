/** The part of Jest's JSON report that is counted. */
export interface JestReport {
  readonly testResults: readonly {
    /** The test file. */
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Tally {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts a report by project, `apps/x` and `libs/y` by their last part. Whatever did not pass has failed, skipped tests
 * too, but for those that the run was told to leave out by their name. A file that could not be run counts as one failure.
 */
export function tally(report: JestReport, { root, filteredByName }: { root: string; filteredByName: boolean }): Tally[] {
  const counts = new Map<string, { passed: number; failed: number }>();
  for (const { name, status, assertionResults } of report.testResults) {
    const project = projectOf(name.slice(root.length));
    const count = counts.get(project) ?? { passed: 0, failed: 0 };
    counts.set(project, count);
    const relevant = assertionResults.filter((test) => !(filteredByName && test.status === 'pending'));
    const passed = relevant.filter((test) => test.status === 'passed').length;
    const failed = relevant.length - passed;
    count.passed += passed;
    count.failed += failed === 0 && status === 'failed' ? 1 : failed;
  }
  return [...counts].map(([name, count]) => ({ name, ...count })).sort((a, b) => a.name.localeCompare(b.name));
}

/** The test files of which something failed, or that could not be run. */
export function failedFiles(report: JestReport): string[] {
  return report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

/** Puts a second run of some files in the place of their first. `unsteady` names what failed at first and then passed: tests, and files that failed without one. */
export function repeat(first: JestReport, second: JestReport): { report: JestReport; unsteady: string[] } {
  const again = new Map(second.testResults.map((result) => [result.name, result]));
  const unsteady = first.testResults.flatMap(({ name, status, assertionResults }) => {
    const second = again.get(name);
    const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    if (status === 'failed' && failed.length === 0) return second?.status === 'passed' ? [name] : [];
    const passed = new Set(second?.assertionResults.filter((test) => test.status === 'passed').map(({ fullName }) => fullName));
    return failed.filter((test) => passed.has(test));
  });
  return { report: { testResults: first.testResults.map((result) => again.get(result.name) ?? result) }, unsteady };
}

function projectOf(file: string): string {
  const [first = '', second = ''] = file.split(/[\\/]/).filter(Boolean);
  return first === 'apps' || first === 'libs' ? second : first;
}

/** The table of a run, and under it the line that ends it. */
export function summary(tallies: readonly Tally[]): string {
  const total = (what: 'passed' | 'failed') => tallies.reduce((sum, tally) => sum + tally[what], 0);
  const width = Math.max(...tallies.map(({ name }) => name.length));
  const lines = tallies.map(({ name, passed, failed }) => `  ${name.padEnd(width)}  ${passed} passed${failed > 0 ? `, ${failed} FAILED` : ''}`);
  return [...lines, '', `${total('passed')} passed, ${total('failed')} failed`].join('\n');
}
