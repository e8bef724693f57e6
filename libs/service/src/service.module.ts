import { Global, Module, type DynamicModule } from '@nestjs/common';
import { LOGGER } from './logger.ts';
import { ManagementServer } from './management.server.ts';
import { NatsClient } from './nats.client.ts';
import { Readiness } from './readiness.ts';
import { SERVICE, type ServiceSettings } from './settings.ts';

/** What every service has: a logger, health and metrics, a connection to NATS. */
@Global()
@Module({})
export class ServiceModule {
  static with(settings: ServiceSettings): DynamicModule {
    return {
      module: ServiceModule,
      providers: [
        { provide: SERVICE, useValue: settings },
        { provide: LOGGER, useValue: settings.logger },
        Readiness,
        ManagementServer,
        NatsClient,
      ],
      exports: [SERVICE, LOGGER, Readiness, ManagementServer, NatsClient],
    };
  }
}
