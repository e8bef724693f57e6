/** What somebody typed as an event's data: an object, or why it is none. */
export type TypedData = { readonly data: Record<string, unknown>; readonly fault?: never } | { readonly data?: never; readonly fault: string };

/** Reads what was typed. */
export function dataIn(text: string): TypedData {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `This is not valid JSON: ${(error as Error).message}.` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'The data must be a JSON object: { … }.' };
  return { data: value as Record<string, unknown> };
}
