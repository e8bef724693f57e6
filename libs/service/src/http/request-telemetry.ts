import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Histogram, register } from 'prom-client';

const name = 'webhooks_api_request_duration_seconds';

/** Whoever calls may use any other word for a method; each would be a series of its own. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const other = 'other';

/** What a request is counted under. None of it is anything that a caller has made up. */
export interface RequestLabels {
  readonly method: string;
  /** The route's pattern. */
  readonly route: string;
  /** `2xx` and so on; `aborted` if the caller went away before it had the whole answer. */
  readonly status: string;
}

export function labelsOf({ method, route, statusCode }: { method: string; route: string | undefined; statusCode: number | undefined }): RequestLabels {
  return {
    method: methods.has(method) ? method : other,
    route: route ?? other,
    status: statusCode === undefined ? 'aborted' : `${Math.floor(statusCode / 100)}xx`,
  };
}

/** Counts the requests of an API, each when its answer has been sent. */
export class RequestTelemetry {
  readonly #durations = durations();

  /** Counts all that find their way to a route, and all that find none. Before any other hook: one that refuses would keep this from being asked. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      this.begun(request, reply);
      done();
    });
  }

  /** A request has come in. */
  begun({ method, is404, routeOptions }: FastifyRequest, { raw }: FastifyReply): void {
    const begunAt = performance.now();
    // What a request without a route has is the pattern of whatever answers then.
    const route = is404 ? undefined : routeOptions.url;
    raw.once('close', () => {
      const statusCode = raw.writableFinished ? raw.statusCode : undefined;
      this.#durations.observe({ ...labelsOf({ method, route, statusCode }) }, (performance.now() - begunAt) / 1_000);
    });
  }
}

/** The registry belongs to the process, which in a test may hold several applications. */
function durations(): Histogram<keyof RequestLabels> {
  const existing = register.getSingleMetric(name) as Histogram<keyof RequestLabels> | undefined;
  return existing ?? new Histogram({
    name,
    help: 'Requests of the API, from the moment they were read to that when the answer had been sent',
    labelNames: ['method', 'route', 'status'],
    // A Send Test waits for its receiver.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
}
