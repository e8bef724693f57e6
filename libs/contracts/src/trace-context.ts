/** Where a message belongs among the traces: the fields of W3C Trace Context, https://www.w3.org/TR/trace-context. */
export interface TraceContext {
  readonly traceparent: string;
  /** What the tracing systems on the way have added. For NATS only: it is no receiver's business. */
  readonly tracestate?: string;
}

/** The longest `tracestate` that is passed on: what the specification asks everybody to take. */
const maxStateLength = 512;

// A version that is not known yet may have more behind it, and is read as far as it is known (Trace Context, 4.3).
const parent = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[\x21-\x7e]{0,256})?$/;
// A receiver of the header must never be offered what ends a line; who reads it looks at keys and values itself.
const state = /^[a-z0-9][\x20-\x7e]*=[\x20-\x7e]*$/;

/**
 * The trace context that these fields hold, in version 00; `undefined` where there is none. A malformed one is none, as
 * its specification asks: it never stops what it came with. Never throws.
 */
export function traceContextOf(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, version, traceId, spanId, flags, more] = parent.exec(traceparent) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  const context = { traceparent: `00-${traceId}-${spanId}-${flags}` };
  const isState = typeof tracestate === 'string' && tracestate.length <= maxStateLength && state.test(tracestate);
  return isState ? { ...context, tracestate } : context;
}

/** The trace context of a message. Publishers that write headers as HTTP/1 does, in Go for instance, are understood too. */
export function traceContextIn({ header }: { header(name: string): string | undefined }): TraceContext | undefined {
  const traceparent = header('traceparent') ?? header('Traceparent');
  return traceparent === undefined ? undefined : traceContextOf(traceparent, header('tracestate') ?? header('Tracestate'));
}

/** The headers by which a message carries a trace context; none if it has none. */
export function traceHeaders(context: TraceContext | undefined): Record<string, string> {
  if (!context) return {};
  const { traceparent, tracestate } = context;
  return { traceparent, ...(tracestate !== undefined && { tracestate }) };
}

/** The trace's id, 32 hexadecimal digits: what one looks for it by. */
export function traceIdOf({ traceparent }: TraceContext): string {
  return traceparent.slice(3, 35);
}
