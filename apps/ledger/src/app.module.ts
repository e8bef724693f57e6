import { Module, type DynamicModule } from '@nestjs/common';
import { DATABASE, Database, type ServiceDatabaseSettings } from '@cepro/projection';
import { ServiceModule, type ServiceSettings } from '@cepro/service';
import { CONFIG } from './config.token.ts';
import type { Config } from './config.ts';
import { LedgerKeeper } from './keep/ledger-keeper.service.ts';
import { LedgerStore } from './keep/ledger.store.ts';
import { databaseSettings } from './keep/schema.ts';
import { Watcher } from './watch/watcher.service.ts';

@Module({})
export class AppModule {
  static with(config: Config, settings: ServiceSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceModule.with(settings)],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: DATABASE, useValue: { ...databaseSettings(config), timeoutMs: config.DATABASE_TIMEOUT_MS } satisfies ServiceDatabaseSettings },
        Database,
        LedgerStore,
        LedgerKeeper,
        Watcher,
      ],
    };
  }
}
