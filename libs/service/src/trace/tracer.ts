import type { TraceContext } from '@cepro/contracts';

/** Who asks whom: a `client` waits for an answer, a `producer` leaves a message for others, a `consumer` works on one. */
export type SpanKind = 'client' | 'producer' | 'consumer';

/** What is known of a span when it begins or ends. Never a payload, a secret, a signature, or a receiver's path. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: SpanAttributes;
  /** When it began, in milliseconds since the epoch. Default: now. */
  readonly startedAt?: number;
}

export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** What went wrong, in a word or two, if something did. */
  readonly failed?: string | undefined;
}

/** A piece of work in a trace, from its beginning to its end. */
export interface Span {
  /** For what follows from it, whether or not it will be told of. */
  readonly context: TraceContext;
  end(end?: SpanEnd): void;
}

/** Tells of the work of this process. There is none where nobody wants to hear: `tracer?.start(…)` then does nothing. */
export interface Tracer {
  /** Begins a span, of a trace of its own if there is no parent. Never throws. */
  start(span: SpanStart, parent: TraceContext | undefined): Span;
  /** Tells what has not been told yet, for as long as a stopping service may wait for that. Never rejects. */
  stop(): Promise<void>;
}
