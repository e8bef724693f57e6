import { streams } from '@cepro/contracts';
import { connectNats, inspectTopology } from '@cepro/jetstream';
import { rebuild } from '@cepro/projection';
import { configOrExit, createLogger, natsOptions, reasonOf } from '@cepro/service';
import { jetstream } from '@nats-io/jetstream';
import { readRebuildConfig } from './config.ts';
import { databaseSettings } from './database/schema.ts';
import { logProjections } from './project/projections.ts';

const config = configOrExit('log-query', readRebuildConfig);
const logger = createLogger('log-query', config.LOG_LEVEL);
const connection = await connectNats(natsOptions(config, 'log-query', 'log-query-rebuild'), {
  signal: AbortSignal.timeout(60_000),
  onRetry: (error) => logger.warn({ reason: reasonOf(error) }, 'NATS is away; trying again'),
});
const js = jetstream(connection);
const { firstRouted } = await inspectTopology(await js.jetstreamManager(false), [streams.routings]);
// What is to be erased is noted in the database, where the running services find it.
const projections = logProjections({ retentionDays: config.LOG_RETENTION_DAYS, logger, firstRouted: Promise.resolve(firstRouted), onErasureDue: () => undefined });
await rebuild(js, databaseSettings(config), projections, logger);
await connection.close();
