import { Module, type DynamicModule } from '@nestjs/common';
import { DATABASE, Database, type ServiceDatabaseSettings } from '@cepro/projection';
import { ACCESS, AccessGuard, ServiceModule, type ServiceSettings } from '@cepro/service';
import { CONFIG } from './config.token.ts';
import type { Config } from './config.ts';
import { databaseSettings } from './database/schema.ts';
import { ErasureBell } from './erase/erasure-bell.ts';
import { Eraser } from './erase/eraser.service.ts';
import { EventsController } from './events/events.controller.ts';
import { EventsReader } from './events/events.reader.ts';
import { RecordClient } from './events/record.client.ts';
import { Retention } from './partition/retention.service.ts';
import { LogProjector } from './project/log-projector.ts';
import { EndpointsReader } from './read/endpoints.reader.ts';
import { LogController } from './read/log.controller.ts';
import { LogReader } from './read/log.reader.ts';
import { RetryController } from './retry/retry.controller.ts';
import { RetryService } from './retry/retry.service.ts';

@Module({})
export class AppModule {
  static with(config: Config, settings: ServiceSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.with(settings)],
      controllers: [LogController, EventsController, RetryController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: ACCESS, useValue: config.access },
        { provide: DATABASE, useValue: { ...databaseSettings(config), timeoutMs: config.DATABASE_TIMEOUT_MS } satisfies ServiceDatabaseSettings },
        Database,
        AccessGuard,
        Retention,
        ErasureBell,
        LogProjector,
        Eraser,
        EndpointsReader,
        LogReader,
        RecordClient,
        EventsReader,
        RetryService,
      ],
    };
  }
}
