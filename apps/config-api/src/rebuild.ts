import { connectNats } from '@cepro/jetstream';
import { rebuild } from '@cepro/projection';
import { configOrExit, createLogger, natsOptions, reasonOf } from '@cepro/service';
import { jetstream } from '@nats-io/jetstream';
import { readRebuildConfig } from './config.ts';
import { projectionsOf } from './read-model/read-model.ts';
import { databaseSettings } from './read-model/schema.ts';

const name = 'config-api rebuild';
const config = configOrExit(name, readRebuildConfig);
const logger = createLogger(name, config.LOG_LEVEL);
const nats = await connectNats(
  natsOptions(config, 'config-api', name),
  // A command that somebody waits for, and not to begin by itself hours later.
  { signal: AbortSignal.timeout(60_000), onRetry: (error) => logger.warn({ reason: reasonOf(error) }, 'NATS is away; trying again') },
);
try {
  await rebuild(jetstream(nats), databaseSettings(config), projectionsOf(logger), logger);
  logger.info('rebuilt');
} finally {
  await nats.drain();
}
