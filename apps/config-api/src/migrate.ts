import { dataSourceOf, migrate } from '@cepro/projection';
import { configOrExit, createLogger } from '@cepro/service';
import { readDatabaseConfig } from './config.ts';
import { databaseSettings, schema } from './read-model/schema.ts';

const config = configOrExit('config-api migrate', readDatabaseConfig);
const logger = createLogger('config-api migrate', 'info');
const source = await dataSourceOf(databaseSettings(config)).initialize();
try {
  const ran = await migrate(source, schema);
  logger.info({ schema, ran }, ran.length > 0 ? 'migrations ran' : 'nothing to migrate');
} finally {
  await source.destroy();
}
