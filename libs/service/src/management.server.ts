import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { fastify, type FastifyInstance } from 'fastify';
import { collectDefaultMetrics, register } from 'prom-client';
import { gaugeOf } from './gauge.ts';
import { Readiness } from './readiness.ts';
import { SERVICE, type ServiceSettings } from './settings.ts';

/**
 * Health and metrics, on a port of their own that no ingress exposes. It listens before anything else starts, so that a
 * service that waits for its dependencies can say so.
 */
@Injectable()
export class ManagementServer implements OnModuleInit, OnApplicationShutdown {
  readonly #server: FastifyInstance = fastify();
  readonly #pages = new Map<string, () => unknown>();
  #stopping = false;

  constructor(
    @Inject(SERVICE) private readonly settings: ServiceSettings,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {
    // The registry belongs to the process, which in a test may hold several applications.
    if (!register.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics();
    gaugeOf({
      name: 'webhooks_ready',
      help: 'Whether the service is ready to do its work, as /health/ready says: 1 or 0',
      collect() { this.set(readiness.isReady ? 1 : 0); },
    });
  }

  async onModuleInit(): Promise<void> {
    this.readiness.add('process', () => (this.#stopping ? 'shutting down' : undefined));
    this.#server.get('/health/live', () => ({ status: 'ok' }));
    this.#server.get('/health/ready', (_request, reply) => {
      if (this.readiness.isReady) return reply.send({ status: 'ok' });
      return reply.code(503).send({ status: 'not ready', problems: this.readiness.problems() });
    });
    this.#server.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()));
    this.#server.get('/*', (request, reply) => {
      const page = this.#pages.get(new URL(request.url, 'http://management').pathname);
      return page ? reply.send(page()) : reply.callNotFound();
    });
    await this.#server.listen({ host: this.settings.managementHost, port: this.settings.managementPort });
  }

  /** Answers a path with JSON for operators, as `/ledger`. Nobody is asked who they are: this port is for nobody else. */
  show(path: string, page: () => unknown): void {
    this.#pages.set(path, page);
  }

  /** From now on the service says that it is not ready, while it finishes what it has begun. */
  beforeShutdown(): void {
    this.#stopping = true;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#server.close();
  }
}
