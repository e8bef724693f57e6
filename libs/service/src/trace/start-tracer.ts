import { reasonOf, type Logger } from '../logger.ts';
import type { TraceSettings } from './trace-variables.ts';
import type { Tracer } from './tracer.ts';

/**
 * A tracer, if traces are wanted. If not, not even the code for it is loaded. Never rejects: a tracer that can not be had is no reason
 * for a service not to start.
 */
export async function startTracer(settings: TraceSettings | undefined, logger: Logger): Promise<Tracer | undefined> {
  if (!settings) return undefined;
  try {
    const { OtlpTracer } = await import('./otlp-tracer.ts');
    const tracer = new OtlpTracer(settings, logger);
    // What stands in a URL besides may be a key.
    logger.info({ collector: new URL(settings.url).origin, sampler: settings.sampler }, 'telling of traces');
    return tracer;
  } catch (error) {
    logger.error({ reason: reasonOf(error) }, 'traces can not be told of; the rest goes on without');
    return undefined;
  }
}
