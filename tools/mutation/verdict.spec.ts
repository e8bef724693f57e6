import { describe, expect, it } from '@jest/globals';
import { judge, table, unfit } from './verdict.ts';

const failed = { name: 'retries once', message: 'expected 1, received 2' };
const hung = { name: 'retries once', message: 'thrown: "Exceeded timeout of 120000 ms for a test."' };

describe('a breakage', () => {
  it('is caught by a test that fails', () => {
    expect(judge({}, { passed: ['a'], failed })).toEqual({ kind: 'caught', by: 'retries once', how: 'expected 1, received 2' });
    const message = '\u001b[31mError\u001b[39m: expected\n  1\n    at Object.toBe (a.spec.ts:1:2)';
    expect(judge({}, { passed: [], failed: { ...failed, message } })).toMatchObject({ how: 'Error: expected 1' });
  });

  it('has survived where all tests pass', () => expect(judge({}, { passed: ['a'] })).toEqual({ kind: 'survived' }));

  it.each([
    ['no test was run', { passed: [] }],
    ['the tests could not be run: SyntaxError', { passed: ['a'], broken: 'SyntaxError' }],
    ['hangs', undefined],
    ['hangs', { passed: ['a'], failed: hung }],
  ])('is void: %s', (why, run) => expect(judge({}, run)).toEqual({ kind: 'void', why }));

  it.each([undefined, { passed: [], failed: hung }])('that is expected to hang is caught by that', (run) => {
    expect(judge({ hangs: true }, run)).toMatchObject({ kind: 'caught', how: 'hangs' });
  });
});

describe('the unbroken code', () => {
  const tests = { file: 'a.spec.ts', names: ['once', 'twice'] };

  it('must pass each test that is asked for', () => {
    expect(unfit({ tests }, { passed: ['retries once', 'retries twice'] })).toBeUndefined();
    expect(unfit({ tests: { file: 'a.spec.ts' } }, { passed: ['retries once'] })).toBeUndefined();
  });

  it.each([
    ['there is no test "twice"', { passed: ['retries once'] }],
    ['fails unbroken: retries once', { passed: [], failed }],
    ['its tests can not be run: SyntaxError', { passed: [], broken: 'SyntaxError' }],
    ['its tests take too long, unbroken', undefined],
  ])('is no measure otherwise: %s', (why, run) => expect(unfit({ tests }, run)).toBe(why));

  it('must have tests at all', () => expect(unfit({ tests: { file: 'a.spec.ts' } }, { passed: [] })).toBe('there is no test in its file'));
});

describe('the table', () => {
  it('has a line for each breakage, in Markdown', () => {
    const breakage = { name: 'acks-first', breaks: 'Nothing is lost.', edits: [], tests: { file: 'a.spec.ts' } };
    const lines = table([
      { breakage, verdict: { kind: 'caught', by: 'a | b', how: 'expected 1' } },
      { breakage, verdict: { kind: 'caught', by: 'c', how: 'hangs' } },
      { breakage, verdict: { kind: 'survived' } },
      { breakage, verdict: { kind: 'void', why: 'no test\nwas run' } },
    ]).split('\n');
    expect(lines.slice(2)).toEqual([
      '| `acks-first` | Nothing is lost. | `a.spec.ts`: a \\| b |',
      '| `acks-first` | Nothing is lost. | `a.spec.ts`: c (hangs) |',
      '| `acks-first` | Nothing is lost. | **SURVIVED** |',
      '| `acks-first` | Nothing is lost. | **VOID**: no test was run |',
    ]);
  });
});
