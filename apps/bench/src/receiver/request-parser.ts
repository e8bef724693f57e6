/** What is kept of a request. */
export interface ParsedRequest {
  readonly path: string;
  readonly deliveryId: string;
  /** `X-Webhook-Attempt`; 1 where it is missing. */
  readonly attempt: number;
  /** When its first byte arrived. */
  readonly firstByteAt: number;
  /** The number after `"sentAt":` in the body, by which the bench marks its events; `undefined` without it. */
  readonly sentAt: number | undefined;
}

const headEnd = Buffer.from('\r\n\r\n');
const mark = Buffer.from('"sentAt":');
const longestHeadBytes = 64 * 1024;

/**
 * Reads the requests of one connection, as much of HTTP/1.1 as the clients of the bench speak: a head, and a body of
 * `Content-Length` bytes. Node's own parser and its objects would cost more than the worker that is measured.
 */
export class RequestParser {
  #rest: Buffer | undefined;
  /** When the first byte of what is in `#rest` arrived. */
  #restSince = 0;

  constructor(private readonly onRequest: (request: ParsedRequest) => void) {}

  /**
   * Takes bytes that arrived at `now`, on whatever clock, and hands on the requests that are complete with them.
   * @throws Error for what is no request that this parser can read.
   */
  feed(chunk: Buffer, now: number): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let since = this.#rest ? this.#restSince : now;
    let from = 0;
    for (;;) {
      const end = this.#request(bytes, from, since);
      if (end === undefined) break;
      from = end;
      since = now;
    }
    this.#rest = from < bytes.length ? bytes.subarray(from) : undefined;
    this.#restSince = since;
  }

  /** Where the request that begins at `from` ends; `undefined` while it is not complete. */
  #request(bytes: Buffer, from: number, firstByteAt: number): number | undefined {
    if (from === bytes.length) return undefined;
    const headTo = bytes.indexOf(headEnd, from);
    if (headTo < 0) {
      if (bytes.length - from > longestHeadBytes) throw new Error('a request\'s head does not end');
      return undefined;
    }
    const head = bytes.toString('latin1', from, headTo);
    const length = header(head, 'content-length');
    if (length === undefined && header(head, 'transfer-encoding') !== undefined) throw new Error('only bodies with Content-Length can be read');
    const bodyFrom = headTo + headEnd.length;
    const to = bodyFrom + Number(length ?? 0);
    if (to > bytes.length) return undefined;
    this.onRequest({
      path: head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1)),
      deliveryId: header(head, 'x-webhook-id') ?? '',
      attempt: Number(header(head, 'x-webhook-attempt') ?? 1),
      firstByteAt,
      sentAt: markedTime(bytes.subarray(bodyFrom, to)),
    });
    return to;
  }
}

const patterns = new Map<string, RegExp>();

function header(head: string, name: string): string | undefined {
  let pattern = patterns.get(name);
  if (!pattern) patterns.set(name, (pattern = new RegExp(`\\r\\n${name}:[ \\t]*([^\\r]*)`, 'i')));
  return pattern.exec(head)?.[1];
}

function markedTime(body: Buffer): number | undefined {
  const at = body.indexOf(mark);
  if (at < 0) return undefined;
  const time = Number.parseFloat(body.toString('latin1', at + mark.length, at + mark.length + 24));
  return Number.isFinite(time) ? time : undefined;
}
