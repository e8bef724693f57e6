import { createTraceState, diag, DiagLogLevel, ROOT_CONTEXT, SpanKind as Kinds, SpanStatusCode, trace, type Context, type Span as SdkSpan, type SpanContext } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type Sampler,
} from '@opentelemetry/sdk-trace';
import type { TraceContext } from '@cepro/contracts';
import { reasonOf, type Logger } from '../logger.ts';
import { Seldom } from './seldom.ts';
import type { TraceSettings } from './trace-variables.ts';
import type { Span, SpanEnd, SpanKind, SpanStart, Tracer } from './tracer.ts';

/** How many spans wait to be sent, at most; what comes on top is dropped. A span takes about 2 KB. */
const mostWaiting = 2_048;
const mostAtOnce = 512;
/**
 * How many requests the collector may owe an answer, at most; what would be in one more is dropped. One at a time, and the four that
 * a stopping service sends at once. With what waits, that is all that is ever kept: 2,048 + 5 × 512 spans.
 */
const mostUnanswered = 5;
const sendEveryMs = 1_000;
/** How long the collector may say nothing at all. One that goes on and on is given up, but for its place among the unanswered. */
const answerMs = 5_000;
/** How long a stopping service waits for what has not been sent yet. */
const lastSendMs = 3_000;
/** How often trouble with the collector is worth a line. */
const complainEveryMs = 60_000;
const longestReason = 300;

const kinds: Record<SpanKind, Kinds> = { client: Kinds.CLIENT, producer: Kinds.PRODUCER, consumer: Kinds.CONSUMER };

/**
 * Sends spans to an OpenTelemetry collector, by OTLP over HTTP. Whatever becomes of them, the work that they tell of goes
 * on: they wait in a bounded queue, and are dropped when it is full.
 */
export class OtlpTracer implements Tracer {
  readonly #exporter: OTLPTraceExporter;
  readonly #provider: TracerProvider;
  readonly #tracer;
  readonly #seldom = new Seldom(complainEveryMs);

  constructor({ serviceName, url, headers, sampler, ratio, resource }: TraceSettings, private readonly logger: Logger) {
    this.#heedTrouble();
    this.#exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: answerMs, concurrencyLimit: mostUnanswered });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ ...resource, 'service.name': serviceName }),
      sampler: samplerOf(sampler, ratio),
      spanProcessors: [new BatchSpanProcessor({
        exporter: this.#exporter, maxQueueSize: mostWaiting, maxExportBatchSize: mostAtOnce, scheduledDelayMillis: sendEveryMs, exportTimeoutMillis: 2 * answerMs,
      })],
    });
    this.#tracer = this.#provider.getTracer('cepro-webhooks');
  }

  start({ name, kind, attributes, startedAt }: SpanStart, parent: TraceContext | undefined): Span {
    const span = this.#tracer.startSpan(name, {
      kind: kinds[kind], attributes, ...(startedAt !== undefined && { startTime: startedAt }),
    }, parent ? contextOf(parent) : ROOT_CONTEXT);
    return { context: traceContext(span.spanContext()), end: (end) => endSpan(span, end) };
  }

  async stop(): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    // There will be no minute in which it could be said.
    this.#seldom.anew();
    const timer = setTimeout(() => reject(new Error(`the last spans were not taken within ${lastSendMs} ms`)), lastSendMs);
    try {
      // One batch that is refused is no reason to leave the others behind.
      await Promise.race([this.#provider.shutdown().finally(() => this.#exporter.forceFlush()), late]);
    } catch (error) {
      this.#complain(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The SDK would write to the console, or say nothing. */
  #heedTrouble(): void {
    const complain = (...parts: unknown[]) => this.#complain(...parts);
    const ignore = () => undefined;
    diag.setLogger({ error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    setGlobalErrorHandler(complain);
  }

  #complain(...parts: unknown[]): void {
    const unsaid = this.#seldom.next(performance.now());
    if (unsaid === undefined) return;
    // Bytes are what the collector has answered.
    const reason = parts.filter((part) => !ArrayBuffer.isView(part)).map(reasonOf).join(' ').slice(0, longestReason);
    this.logger.warn({ reason, unsaid }, 'there is trouble with telling of traces; the rest goes on');
  }
}

function samplerOf(name: TraceSettings['sampler'], ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

function contextOf({ traceparent, tracestate }: TraceContext): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true, ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  });
}

function traceContext({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const tracestate = traceState?.serialize();
  return { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`, ...(tracestate && { tracestate }) };
}

function endSpan(span: SdkSpan, { attributes, failed }: SpanEnd = {}): void {
  if (attributes) span.setAttributes(attributes);
  if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failed });
  span.end();
}
