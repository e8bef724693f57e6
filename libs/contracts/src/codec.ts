import { z } from 'zod';
import { fail, ok, type Result } from './result.ts';

/** Reads JSON of a shape. Never throws. */
export function decodeJson<S extends z.ZodType>(bytes: Uint8Array, shape: S): Result<z.infer<S>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return fail('not JSON');
  }
  return check(value, shape);
}

/** A value of a shape, or in what it differs from it. Never throws. */
export function check<S extends z.ZodType>(value: unknown, shape: S): Result<z.infer<S>> {
  const parsed = shape.safeParse(value);
  return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error));
}
