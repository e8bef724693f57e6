import { Module, type DynamicModule } from '@nestjs/common';
import { DATABASE, Database, type ServiceDatabaseSettings } from '@cepro/projection';
import { EgressGuard, dnsResolver } from '@cepro/egress-guard';
import { ACCESS, AccessGuard, LOGGER, NatsClient, ServiceModule, type Logger, type ServiceSettings } from '@cepro/service';
import { EventTypesController } from './catalogue/event-types.controller.ts';
import type { Config } from './config.ts';
import { ChangeEndpointPipe, CreateEndpointPipe } from './endpoints/endpoint-body.pipe.ts';
import { ENDPOINT_RULES, EndpointService, type EndpointRules } from './endpoints/endpoint.service.ts';
import { EndpointStore } from './endpoints/endpoint.store.ts';
import { EndpointsController } from './endpoints/endpoints.controller.ts';
import { SEND_TEST_TIMEOUT, SendTestClient } from './endpoints/send-test.client.ts';
import { ExampleEventPipe } from './explain/example-event.pipe.ts';
import { ExplainController } from './explain/explain.controller.ts';
import { AutoDisabler, DISABLE_POLICY } from './auto-disable/auto-disabler.service.ts';
import type { DisablePolicy } from './auto-disable/disable-policy.ts';
import { Notifier } from './notify/notifier.service.ts';
import { EndpointReader } from './read-model/endpoint.reader.ts';
import { ReadModel } from './read-model/read-model.ts';
import { databaseSettings } from './read-model/schema.ts';
import { EndpointWatch, WATCH_INTERVAL } from './watch/endpoint-watch.service.ts';

/** How long a host name may take to resolve when an endpoint is saved, in milliseconds. */
const dnsTimeoutMs = 3_000;

@Module({})
export class AppModule {
  static with(config: Config, settings: ServiceSettings): DynamicModule {
    const rules: EndpointRules = { keyRing: config.SECRETS_KEY_RING, endpointsPerAccount: config.ENDPOINTS_PER_ACCOUNT };
    const guard = new EgressGuard(config.egressPolicy, dnsResolver({ servers: config.EGRESS_DNS_SERVERS, timeoutMs: dnsTimeoutMs }));
    const disablePolicy: DisablePolicy = {
      afterMs: config.AUTO_DISABLE_AFTER_MS, minFailedDeliveries: config.AUTO_DISABLE_MIN_FAILED_DELIVERIES,
      goneDeliveries: config.AUTO_DISABLE_GONE_DELIVERIES,
    };
    return {
      module: AppModule,
      imports: [ServiceModule.with(settings)],
      controllers: [EventTypesController, EndpointsController, ExplainController],
      providers: [
        { provide: ACCESS, useValue: config.access },
        AccessGuard,
        { provide: DATABASE, useValue: { ...databaseSettings(config), timeoutMs: config.DATABASE_TIMEOUT_MS } satisfies ServiceDatabaseSettings },
        Database,
        ReadModel,
        EndpointReader,
        { provide: EgressGuard, useValue: guard },
        CreateEndpointPipe,
        ChangeEndpointPipe,
        ExampleEventPipe,
        {
          provide: EndpointStore,
          inject: [NatsClient, LOGGER],
          useFactory: (nats: NatsClient, logger: Logger) => new EndpointStore(() => nats.connection(), logger),
        },
        { provide: ENDPOINT_RULES, useValue: rules },
        EndpointService,
        { provide: DISABLE_POLICY, useValue: disablePolicy },
        AutoDisabler,
        Notifier,
        { provide: WATCH_INTERVAL, useValue: config.AUTO_DISABLE_CHECK_MS },
        EndpointWatch,
        { provide: SEND_TEST_TIMEOUT, useValue: config.SEND_TEST_TIMEOUT_MS },
        SendTestClient,
      ],
    };
  }
}
