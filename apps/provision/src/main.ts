import { connectNats, provision } from '@cepro/jetstream';
import { configOrExit, createLogger, natsOptions, reasonOf } from '@cepro/service';
import { jetstreamManager } from '@nats-io/jetstream';
import { readConfig } from './config.ts';

const usage = `Creates the streams and consumers of CE Pro Webhooks, and widens what is smaller than declared.
Doing it again does nothing; nothing is ever narrowed or deleted. Set up by environment variables, see the README.`;

if (process.argv.includes('--help')) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}

const config = configOrExit('provision', readConfig);
const logger = createLogger('provision', config.LOG_LEVEL);
try {
  const connection = await connectNats(natsOptions(config, 'provision'), {
    signal: AbortSignal.timeout(config.NATS_WAIT_MS),
    onRetry: (error) => logger.warn({ reason: reasonOf(error) }, 'NATS is away; trying again'),
  });
  const steps = await provision(await jetstreamManager(connection), {
    replicas: config.NATS_REPLICAS,
    shards: config.DELIVERY_SHARDS,
    deliveryAckWaitMs: config.DELIVERY_ACK_WAIT_MS,
    deliveriesRetentionDays: config.DELIVERIES_RETENTION_DAYS,
  });
  for (const { what, did } of steps) logger.info({ what, did }, 'provisioned');
  await connection.close();
} catch (error) {
  logger.fatal({ reason: reasonOf(error) }, 'could not provision');
  process.exit(1);
}
