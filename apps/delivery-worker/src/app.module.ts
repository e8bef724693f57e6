import { Module, type DynamicModule } from '@nestjs/common';
import { LOGGER, ServiceModule, type Logger, type ServiceSettings } from '@cepro/service';
import type { Config } from './config.ts';
import { CONFIG } from './config.token.ts';
import { Configuration } from './configuration.ts';
import { DeliverConsumer } from './deliver/deliver.consumer.ts';
import { DeliverService } from './deliver/deliver.service.ts';
import { DeliveryHistory } from './deliver/history.client.ts';
import { createPaces } from './pace/paces.provider.ts';
import { Paces } from './pace/paces.ts';
import { RateLimits } from './pace/rate-limits.ts';
import { AttemptTelemetry } from './send/attempt-telemetry.ts';
import { Endpoints } from './send/endpoints.ts';
import { Sender } from './send/sender.service.ts';
import { WebhookClient } from './send/webhook.client.ts';
import { SendTestController } from './send-test/send-test.controller.ts';
import { SendTestService } from './send-test/send-test.service.ts';

@Module({})
export class AppModule {
  static with(config: Config, settings: ServiceSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.with(settings)],
      controllers: [SendTestController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Endpoints, useFactory: () => new Endpoints(config.SECRETS_KEY_RING) },
        { provide: Paces, inject: [LOGGER], useFactory: (logger: Logger) => createPaces(config, logger) },
        RateLimits,
        WebhookClient,
        Sender,
        AttemptTelemetry,
        Configuration,
        DeliveryHistory,
        DeliverService,
        DeliverConsumer,
        SendTestService,
      ],
    };
  }
}
