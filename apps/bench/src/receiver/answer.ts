import type { ParsedRequest } from './request-parser.ts';

/**
 * How a receiver behaves, the first part of its path. `ok`: 200. `busy`: 503. `hang`: never answers. `again`: 500 to first
 * attempts, 200 to retries.
 */
export const behaviours = ['ok', 'busy', 'hang', 'again'] as const;
export type Behaviour = (typeof behaviours)[number];

const response = (status: string, body: string) => Buffer.from(`HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
const ok = response('200 OK', 'ok');
const busy = response('503 Service Unavailable', 'busy');
const failed = response('500 Internal Server Error', 'failed');

/** The bytes to answer a request with; `undefined` for never. */
export function answerTo({ path, attempt }: Pick<ParsedRequest, 'path' | 'attempt'>): Buffer | undefined {
  if (path.startsWith('/busy/')) return busy;
  if (path.startsWith('/hang/')) return undefined;
  if (path.startsWith('/again/') && attempt === 1) return failed;
  return ok;
}
