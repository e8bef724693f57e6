import { randomBytes } from 'node:crypto';
import { apps, type App } from '@cepro/system';
import type { ServiceProcess } from '@cepro/testkit';

/** A trace that a domain service has begun, and the `traceparent` of its span in it. */
export function aTrace({ sampled = true } = {}): { traceId: string; spanId: string; traceparent: string } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}` };
}

/** The same for each service. */
export function everywhere<T>(value: T): Record<App, T> {
  return Object.fromEntries(apps.map((app) => [app, value])) as Record<App, T>;
}

const mark = 'loaded of OpenTelemetry:';
const tellLoaded = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { if (url.includes('/@opentelemetry/')) process.stdout.write('${mark} ' + url + '\\n'); return next(url, context); } });`;

/** Arguments with which Node writes what it loads of OpenTelemetry; see {@link loadedOf}. */
export const tellingLoaded = ['--import', `data:text/javascript,${encodeURIComponent(tellLoaded)}`];

/** Which packages of OpenTelemetry a service has loaded. */
export function loadedOf({ lines }: ServiceProcess): Set<string> {
  return new Set(lines.filter((line) => line.startsWith(mark)).map((line) => /@opentelemetry\/([^/]+)/.exec(line)![1]!));
}

/** The lines that a worker has written of its attempts. */
export function attemptLines(worker: ServiceProcess): Record<string, unknown>[] {
  return worker.logs().filter(({ msg }) => msg === 'attempt');
}
