/** A piece of the code, which must stand in its file exactly once, and what is to stand there instead. */
export interface Edit {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

/** Tests of one file: all of them, or those whose full name has one of these texts in it. */
export interface Tests {
  readonly file: string;
  readonly names?: readonly string[];
}

/** A way to break the code on purpose. What comes of it must compile: a type that does not fit is noticed without any test. */
export interface Breakage {
  readonly name: string;
  /** Which promise it breaks, in one sentence. */
  readonly breaks: string;
  readonly edits: readonly Edit[];
  /** The narrowest tests that must notice. */
  readonly tests: Tests;
  /** True where a test that does not come to its end is how it is noticed. */
  readonly hangs?: boolean;
}

/**
 * A text with an edit made.
 * @throws Error if what is to be replaced is not there exactly once.
 */
export function edited(source: string, { file, text, instead }: Edit): string {
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`${file}: "${firstLine(text)}" is there ${parts.length - 1} times, and must be once`);
  return parts.join(instead);
}

/** A pattern for Jest's `-t`, `undefined` for all tests of the file. */
export function namePattern({ names }: Tests): string | undefined {
  return names && `(${names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`;
}

/** All tests that several breakages want of each file. */
export function testsByFile(breakages: readonly Breakage[]): Tests[] {
  return [...Map.groupBy(breakages, ({ tests }) => tests.file)].map(([file, those]) => {
    const names = those.map(({ tests }) => tests.names);
    return names.includes(undefined) ? { file } : { file, names: [...new Set(names.flatMap((some) => some ?? []))] };
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
