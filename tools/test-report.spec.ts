import { describe, expect, it } from '@jest/globals';
import { failedFiles, repeat, summary, tally } from './test-report.ts';

const file = (name: string, status: string, ...tests: string[]) => ({ name: `/repo/${name}`, status, assertionResults: tests.map((each, n) => ({ fullName: `test ${n}`, status: each })) });
const options = { root: '/repo', filteredByName: false };

describe('tally', () => {
  it('adds up the files of a project', () => {
    const testResults = [file('libs/signing/src/a.spec.ts', 'passed', 'passed', 'passed'), file('libs/signing/src/b.spec.ts', 'failed', 'passed', 'failed')];
    expect(tally({ testResults }, options)).toEqual([{ name: 'signing', passed: 3, failed: 1 }]);
  });

  it.each(['pending', 'todo', 'skipped', 'disabled'])('counts a test that is %s as failed', (status) => {
    expect(tally({ testResults: [file('apps/x/test/a.spec.ts', 'passed', 'passed', status)] }, options)).toEqual([{ name: 'x', passed: 1, failed: 1 }]);
  });

  it('leaves out tests that were filtered away by their name', () => {
    expect(tally({ testResults: [file('apps/x/test/a.spec.ts', 'passed', 'passed', 'pending')] }, { ...options, filteredByName: true }))
      .toEqual([{ name: 'x', passed: 1, failed: 0 }]);
  });

  it('counts a file that could not be run', () => {
    expect(tally({ testResults: [file('tools/a.spec.ts', 'failed')] }, options)).toEqual([{ name: 'tools', passed: 0, failed: 1 }]);
  });
});

describe('a second run of the files that failed', () => {
  const first = { testResults: [file('libs/a.spec.ts', 'passed', 'passed'), file('libs/b.spec.ts', 'failed', 'failed', 'passed', 'failed'), file('libs/c.spec.ts', 'failed')] };

  it('is of those in which a test failed, and those that could not be run', () => {
    expect(failedFiles(first)).toEqual(['/repo/libs/b.spec.ts', '/repo/libs/c.spec.ts']);
  });

  it('takes the place of the first, and names what is not steady', () => {
    const b = file('libs/b.spec.ts', 'failed', 'passed', 'passed', 'failed');
    expect(repeat(first, { testResults: [b] })).toEqual({ report: { testResults: [first.testResults[0], b, first.testResults[2]] }, unsteady: ['test 0'] });
  });

  it('names a file that failed as a whole and then passed', () => {
    const c = file('libs/c.spec.ts', 'passed', 'passed');
    expect(repeat(first, { testResults: [c] }).unsteady).toEqual(['/repo/libs/c.spec.ts']);
    expect(repeat(first, { testResults: [file('libs/c.spec.ts', 'failed')] }).unsteady).toEqual([]);
  });

  it('does not make up for what passed once and failed then', () => {
    const b = file('libs/x/b.spec.ts', 'failed', 'passed', 'failed', 'passed');
    const { report } = repeat({ testResults: [file('libs/x/b.spec.ts', 'failed', 'failed', 'passed', 'passed')] }, { testResults: [b] });
    expect(tally(report, options)).toEqual([{ name: 'x', passed: 2, failed: 1 }]);
  });
});

describe('summary', () => {
  it('ends with the totals', () => {
    const lines = summary([{ name: 'lint', passed: 1, failed: 0 }, { name: 'signing', passed: 3, failed: 2 }]).split('\n');
    expect(lines).toEqual(['  lint     1 passed', '  signing  3 passed, 2 FAILED', '', '4 passed, 2 failed']);
  });
});
