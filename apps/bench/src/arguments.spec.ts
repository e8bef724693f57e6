import { describe, expect, it } from '@jest/globals';
import { parseWish, UsageError } from './arguments.ts';

const known = ['worker', 'latency', 'log'];

describe('parseWish', () => {
  it('means all scenarios, in full, unless told otherwise', () => {
    expect(parseWish([], known)).toEqual({ kind: 'run', names: known, short: false, json: undefined, cpuProfiles: undefined });
  });

  it('takes scenarios in the order given, each once, and options anywhere', () => {
    expect(parseWish(['log', '--short', 'worker', '--json', 'out.json', 'log', '--cpu-prof=prof'], known)).toEqual({
      kind: 'run', names: ['log', 'worker'], short: true, json: 'out.json', cpuProfiles: 'prof',
    });
  });

  it('puts help and list before everything else', () => {
    expect([parseWish(['nonsense', '-h'], known), parseWish(['--list', 'nonsense'], known)]).toEqual([{ kind: 'help' }, { kind: 'list' }]);
  });

  it.each([[['wurker']], [['--fast']], [['--json']], [['--json=']], [['--cpu-prof=']]])('refuses %j with what is wrong', (args) => {
    expect(() => parseWish(args, known)).toThrow(UsageError);
  });

  it('says which scenarios there are', () => {
    expect(() => parseWish(['wurker', 'lag'], known)).toThrow('There is no scenario wurker, lag; there are worker, latency, log.');
  });
});
