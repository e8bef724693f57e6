import { timingSafeEqual } from 'node:crypto';

/**
 * Whether two short texts are the same, in a time that does not depend on where they differ. Their lengths may show:
 * the length of a signature is public.
 */
export function sameText(expected: string, received: string): boolean {
  const expectedBytes = Buffer.from(expected);
  const receivedBytes = Buffer.from(received);
  return expectedBytes.length === receivedBytes.length && timingSafeEqual(expectedBytes, receivedBytes);
}
