import type { Logger } from '../logger.ts';
import type { TraceSettings } from './trace-variables.ts';
import type { Tracer } from './tracer.ts';

/** A tracer, if traces are wanted. If not, not even the code for it is loaded. */
export async function startTracer(settings: TraceSettings | undefined, logger: Logger): Promise<Tracer | undefined> {
  if (!settings) return undefined;
  const { OtlpTracer } = await import('./otlp-tracer.ts');
  logger.info({ url: withoutSecrets(settings.url), sampler: settings.sampler }, 'telling of traces');
  return new OtlpTracer(settings, logger);
}

/** What stands in a URL besides may be a key. */
function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
