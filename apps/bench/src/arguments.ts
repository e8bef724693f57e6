import { parseArgs } from 'node:util';

/** What somebody wants of the bench. */
export type Wish =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'run';
      /** Names of scenarios, in the order in which they are to run. */
      readonly names: readonly string[];
      readonly short: boolean;
      readonly json: string | undefined;
      readonly cpuProfiles: string | undefined;
    };

/** What the command line asks for can't be done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 * @param known all scenarios, in their order; without names on the command line all of them are meant.
 * @throws UsageError that names every fault.
 */
export function parseWish(args: readonly string[], known: readonly string[]): Wish {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' }, list: { type: 'boolean' }, short: { type: 'boolean' }, json: { type: 'string' }, 'cpu-prof': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new UsageError(`There is no scenario ${unknown.join(', ')}; there are ${known.join(', ')}.`);
  if (values.json === '') throw new UsageError('--json needs the name of a file.');
  if (values['cpu-prof'] === '') throw new UsageError('--cpu-prof needs the name of a folder.');
  const names = positionals.length > 0 ? [...new Set(positionals)] : [...known];
  return { kind: 'run', names, short: values.short ?? false, json: values.json, cpuProfiles: values['cpu-prof'] };
}
