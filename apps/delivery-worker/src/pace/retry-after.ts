/** The statuses by which a receiver says that it is too much (RFC 6585, 4; RFC 9110, 15.6.4). */
const overloaded = [429, 503];

/** True for an answer that asks for less. */
export function isOverloaded(statusCode: number | null): boolean {
  return statusCode !== null && overloaded.includes(statusCode);
}

/**
 * How long a receiver asks to be left alone, in milliseconds from `now`, by its `Retry-After`: seconds, or a date (RFC
 * 9110, 10.2.3). `undefined` if it does not ask, or not in a way that can be read.
 */
export function retryAfterOf(statusCode: number, header: string | undefined, now: number): number | undefined {
  if (!isOverloaded(statusCode) || header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Anything else that JavaScript takes for a date, such as a year, is none here.
  const at = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
