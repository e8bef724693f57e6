import { describe, expect, it } from '@jest/globals';
import { parseWish, UsageError } from './arguments.ts';

describe('parseWish', () => {
  it('means the long form with a new seed, unless told otherwise', () => {
    expect(parseWish([])).toEqual({ kind: 'run', seed: undefined, form: { name: 'long', singleMs: 504_000, clusterMs: 216_000 }, json: undefined });
  });

  it('takes a seed, a length and a file', () => {
    expect(parseWish(['--seed', '42', '--minutes=20', '--json', 'out.json'])).toEqual({
      kind: 'run', seed: 42, form: { name: 'long', singleMs: 840_000, clusterMs: 360_000 }, json: 'out.json',
    });
  });

  it('has a short form', () => {
    expect(parseWish(['--short'])).toMatchObject({ kind: 'run', form: { name: 'short' } });
  });

  it('puts help before everything else', () => {
    expect(parseWish(['--seed', 'x', '-h'])).toEqual({ kind: 'help' });
  });

  it.each([[['--fast']], [['--seed', '-1']], [['--seed=4294967296']], [['--seed', '1.5']], [['--minutes', '1']], [['--minutes=']], [['--short', '--minutes', '5']], [['--json=']], [['more']]])(
    'refuses %j with what is wrong', (args) => {
      expect(() => parseWish(args)).toThrow(UsageError);
    },
  );
});
