/** A value, or the reason why there is none. Decoders return it, so that garbage on the wire is never an exception. */
export type Result<T, R = string> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: R };

/** A successful {@link Result}. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A failed {@link Result} with the reason for it. */
export function fail<R>(reason: R): { readonly ok: false; readonly reason: R } {
  return { ok: false, reason };
}
