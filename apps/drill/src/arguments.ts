import { parseArgs } from 'node:util';

/** What somebody wants of the drill. */
export type Wish =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'run';
      /** Undefined: one is made up. */
      readonly seed: number | undefined;
      readonly form: Form;
      readonly json: string | undefined;
    };

/** How long faults are made, on one server and in the cluster, in milliseconds. */
export interface Form {
  readonly name: 'short' | 'long';
  readonly singleMs: number;
  readonly clusterMs: number;
}

/** What the command line asks for can't be done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const defaultMinutes = 12;
/** The rest is for the single server, where there is more to break. */
const clusterPart = 0.3;
const short: Form = { name: 'short', singleMs: 50_000, clusterMs: 30_000 };

/** @throws UsageError that says what is wrong. */
export function parseWish(args: readonly string[]): Wish {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, short: { type: 'boolean' }, seed: { type: 'string' }, minutes: { type: 'string' }, json: { type: 'string' } },
    }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { help, minutes, json } = values;
  if (help) return { kind: 'help' };
  if (json === '') throw new UsageError('--json needs the name of a file.');
  if (values.short && minutes !== undefined) throw new UsageError('--short has its own length; leave out --minutes.');
  return { kind: 'run', seed: wholeNumber('seed', values.seed, 0, 2 ** 32 - 1), form: values.short ? short : long(wholeNumber('minutes', minutes, 2, 600)), json };
}

function long(minutes = defaultMinutes): Form {
  const clusterMs = Math.round(minutes * 60_000 * clusterPart);
  return { name: 'long', singleMs: minutes * 60_000 - clusterMs, clusterMs };
}

function wholeNumber(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${name} must be a whole number from ${least} to ${most}.`);
  return value;
}
