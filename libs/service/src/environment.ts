import { z } from 'zod';
import { parseSeed, readSeedFile } from './nkey-seed.ts';

/** The environment does not say what the service needs. `faults` names every fault, one line each, without values of secrets. */
export class InvalidEnvironmentError extends Error {
  override readonly name = 'InvalidEnvironmentError';
  constructor(readonly faults: readonly string[]) {
    super(`the environment is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Variables = Readonly<Record<string, z.ZodType>>;
type Values<V extends Variables> = { readonly [K in keyof V]: z.infer<V[K]> };

/**
 * Reads a service's variables. A variable that is empty counts as not set. One that differs from a known variable in
 * its unit alone (`DELIVERY_TIMEOUT_S` for `DELIVERY_TIMEOUT_MS`) is a fault: ignoring it would hide a mistake.
 * @throws InvalidEnvironmentError with every fault at once.
 */
export function readEnvironment<V extends Variables>(variables: V, env: NodeJS.ProcessEnv): Values<V> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(variables)) {
    const parsed = type.safeParse(env[name] || undefined);
    if (parsed.success) values[name] = parsed.data;
    // Who reads a variable for others, too, may name it already.
    else faults.push(...parsed.error.issues.map(({ message }) => (message.startsWith(`${name}: `) ? message : `${name}: ${message}`)));
  }
  const known = Object.keys(variables);
  for (const name of Object.keys(env)) {
    if (!env[name] || known.includes(name) || !unit.test(name)) continue;
    const meant = known.find((other) => unit.test(other) && other.replace(unit, '') === name.replace(unit, ''));
    if (meant) faults.push(`${name}: unknown unit, the variable is ${meant}`);
  }
  if (faults.length > 0) throw new InvalidEnvironmentError(faults);
  return values as Values<V>;
}

/**
 * Reads an environment part by part, so that the faults of one hide none of another's.
 * @throws InvalidEnvironmentError with every fault at once.
 */
export function readParts<P extends Readonly<Record<string, () => unknown>>>(parts: P): { readonly [K in keyof P]: ReturnType<P[K]> } {
  const faults: string[] = [];
  const values = Object.entries(parts).map(([name, read]) => {
    try {
      return [name, read()];
    } catch (error) {
      if (!(error instanceof InvalidEnvironmentError)) throw error;
      faults.push(...error.faults);
      return [name, undefined];
    }
  });
  if (faults.length > 0) throw new InvalidEnvironmentError(faults);
  return Object.fromEntries(values) as { [K in keyof P]: ReturnType<P[K]> };
}

const unit = /_(MS|MILLIS|MILLISECONDS|S|SEC|SECS|SECONDS|MIN|MINS|MINUTES|H|HOURS|DAYS|WEEKS|B|BYTES|KB|KIB|MB|MIB|GB|GIB|PERCENT|RATIO)$/;

/** The kinds of variables that services read. Each fault says what is wanted. */
export const variable = {
  /** A whole number in `[min, max]`, of `of` (such as `milliseconds`), written without a unit. */
  integer({ of, min, max = Number.MAX_SAFE_INTEGER, fallback }: { of: string; min: number; max?: number; fallback?: number }) {
    const wanted = `must be a whole number of ${of} from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ' up'}, digits only`;
    const parsed = z.string({ error: `is required and ${wanted}` }).transform((text, context) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: `${wanted}; it is "${text}"` });
      return z.NEVER;
    });
    return fallback === undefined ? parsed : parsed.prefault(String(fallback));
  },

  /** Several whole numbers of `of`, separated by commas. */
  integers({ of, fallback }: { of: string; fallback: string }) {
    return z.string().prefault(fallback).transform((text, context) => {
      const parts = text.split(',').map((part) => part.trim());
      if (parts.every((part) => /^\d{1,15}$/.test(part))) return parts.map(Number);
      context.addIssue({ code: 'custom', message: `must be whole numbers of ${of} separated by commas, digits only; it is "${text}"` });
      return z.NEVER;
    });
  },

  port(fallback: number) {
    return variable.integer({ of: 'a TCP port', min: 0, max: 65_535, fallback });
  },

  /** A URL with one of the schemes, such as `['nats:', 'tls:']`. The fault does not repeat it: it may hold a password. */
  url({ schemes, fallback, several = false }: { schemes: readonly string[]; fallback?: string; several?: boolean }) {
    const wanted = `must be ${several ? 'one or more URLs, separated by commas,' : 'a URL'} with scheme ${schemes.join(' or ')}`;
    const parsed = z.string({ error: `is required and ${wanted}` }).refine((text) => {
      const urls = several ? text.split(',') : [text];
      return urls.every((url) => URL.canParse(url.trim()) && schemes.includes(new URL(url.trim()).protocol) && isDecodable(new URL(url.trim())));
    }, wanted);
    return fallback === undefined ? parsed : parsed.prefault(fallback);
  },

  /** Text that must be there. The fault does not repeat it. */
  text({ what, minLength = 1, fallback }: { what: string; minLength?: number; fallback?: string }) {
    const wanted = `must be ${what}${minLength > 1 ? `, ${minLength} characters or more` : ''}`;
    const parsed = z.string({ error: `is required and ${wanted}` }).min(minLength, wanted);
    return fallback === undefined ? parsed : parsed.prefault(fallback);
  },

  oneOf<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
    return z.enum(values, { error: `must be one of ${values.join(', ')}` }).prefault(fallback);
  },

  optional<T extends z.ZodType>(type: T) {
    return type.optional();
  },

  /** Text that `parse` understands; what it throws becomes the fault, or several if it names them in `faults`. */
  parsed<T>(parse: (text: string) => T, { what, fallback }: { what: string; fallback?: string }) {
    const text = z.string({ error: `is required and must be ${what}` });
    return (fallback === undefined ? text : text.prefault(fallback)).transform((value, context): T => {
      try {
        return parse(value);
      } catch (error) {
        const faults = (error as { faults?: readonly string[] } | null)?.faults;
        const messages = faults ?? [error instanceof Error ? error.message : `must be ${what}`];
        for (const message of messages) context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    });
  },
};

/** What every service and command reads that connects to NATS; see `natsOptions`. */
export const natsVariables = {
  NATS_URL: variable.url({ schemes: ['nats:', 'tls:'], several: true }),
  NATS_NKEY_SEED_FILE: variable.optional(variable.parsed(readSeedFile, { what: 'a file with the seed of a user\'s NKEY' })),
  NATS_NKEY_SEED: variable.optional(variable.parsed(parseSeed, { what: 'the seed of a user\'s NKEY' })),
} as const;

/** What every service reads. */
export const serviceVariables = {
  ...natsVariables,
  LOG_LEVEL: variable.oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),
  MANAGEMENT_HOST: variable.text({ what: 'an address to listen on', fallback: '0.0.0.0' }),
} as const;

/** Whether user and password can be read: a `%` in one must be written as `%25`. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
