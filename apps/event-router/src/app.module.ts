import { Module, type DynamicModule } from '@nestjs/common';
import { ServiceModule, type ServiceSettings } from '@cepro/service';
import { CONFIG } from './config.token.ts';
import type { Config } from './config.ts';
import { DeadLetters } from './route/dead-letters.client.ts';
import { RouteConsumer } from './route/route.consumer.ts';
import { RouteService } from './route/route.service.ts';
import { Subscriptions } from './route/subscriptions.ts';

@Module({})
export class AppModule {
  static with(config: Config, settings: ServiceSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.with(settings)],
      providers: [{ provide: CONFIG, useValue: config }, Subscriptions, DeadLetters, RouteService, RouteConsumer],
    };
  }
}
