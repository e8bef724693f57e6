import { dataSourceOf, migrate } from '@cepro/projection';
import { configOrExit, createLogger } from '@cepro/service';
import { readMigrateConfig } from './config.ts';
import { databaseSettings, schema } from './keep/schema.ts';

const config = configOrExit('ledger', readMigrateConfig);
const logger = createLogger('ledger', config.LOG_LEVEL);
const source = await dataSourceOf(databaseSettings(config)).initialize();
try {
  logger.info({ schema, migrations: await migrate(source, schema) }, 'migrated');
} finally {
  await source.destroy();
}
