import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@cepro/testkit';
import { parseSync } from '@swc/core';
import { edited, namePattern, testsByFile, type Edit } from './breakage.ts';
import { breakages, lessPatience } from './breakages.ts';

const read = (file: string) => readFileSync(path.join(workspaceRoot, file), 'utf8');

/** Makes edits one after the other, as a run does. */
function made(edits: readonly Edit[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const edit of edits) texts.set(edit.file, edited(texts.get(edit.file) ?? read(edit.file), edit));
  return texts;
}

describe.each(breakages.map((breakage) => [breakage.name, breakage] as const))('the breakage %s', (_, { breaks, edits, tests }) => {
  it('fits the code, and changes it into other code', () => {
    for (const [file, text] of made(edits)) {
      expect(text).not.toBe(read(file));
      expect(() => parseSync(text, { syntax: 'typescript', decorators: true })).not.toThrow();
    }
  });

  it('breaks the code and not the tests', () => {
    for (const { file } of edits) expect(file).toMatch(/^(apps|libs)\/[a-z0-9-]+\/src\/(?!.*\.spec\.ts$)/);
  });

  it('has tests that must notice', () => {
    expect(tests.file).toMatch(/^(apps|libs)\/[a-z0-9-]+\/(src|test)\/.*\.spec\.ts$/);
    expect(existsSync(path.join(workspaceRoot, tests.file))).toBe(true);
    expect(tests.names).not.toEqual([]);
    // Names are often made of a table's rows, which stand in the file as well.
    const source = read(tests.file).replaceAll('\\', '');
    expect((tests.names ?? []).filter((name) => !source.includes(name))).toEqual([]);
  });

  it('says in a sentence what it breaks', () => expect(breaks).toMatch(/^[A-Z`].{20,}\.$/));
});

describe('the list', () => {
  it('has each name once', () => expect(new Set(breakages.map(({ name }) => name)).size).toBe(breakages.length));

  it('is long enough', () => expect(breakages.length).toBeGreaterThanOrEqual(20));

  it('can make tests less patient', () => expect(made(lessPatience).size).toBe(2));
});

describe('an edit', () => {
  const edit = { file: 'a.ts', text: 'b', instead: 'x' };

  it('is made where its text is', () => expect(edited('abc', edit)).toBe('axc'));

  it('puts what looks like a pattern as it is', () => expect(edited('abc', { ...edit, instead: '$&' })).toBe('a$&c'));

  it.each(['ac', 'abcb'])('is not made in %s', (source) => expect(() => edited(source, edit)).toThrow('a.ts: "b" is there'));
});

describe('tests', () => {
  it('are found by a part of their names, as it is spelled', () => {
    expect(namePattern({ file: 'a', names: ['is it (so)?', 'b'] })).toBe('(is it \\(so\\)\\?|b)');
    expect(namePattern({ file: 'a' })).toBeUndefined();
  });

  it('of a file are run together', () => {
    const breakage = (file: string, names?: string[]) => ({ name: '', breaks: '', edits: [], tests: { file, ...(names && { names }) } });
    expect(testsByFile([breakage('a', ['x']), breakage('b'), breakage('a', ['y', 'x'])])).toEqual([{ file: 'a', names: ['x', 'y'] }, { file: 'b' }]);
    expect(testsByFile([breakage('a', ['x']), breakage('a')])).toEqual([{ file: 'a' }]);
  });
});
