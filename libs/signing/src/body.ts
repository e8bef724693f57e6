/** A request body exactly as it is on the wire: its bytes, or text that is sent as UTF-8. */
export type Body = Uint8Array | string;

/** Whether a value from outside can be signed at all; anything else makes `node:crypto` throw. */
export function isBody(value: unknown): value is Body {
  return typeof value === 'string' || value instanceof Uint8Array;
}
