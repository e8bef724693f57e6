import { connectNats } from '@cepro/jetstream';
import { configOrExit, createLogger, natsOptions, reasonOf } from '@cepro/service';
import { readResealConfig } from './config.ts';
import { resealAll } from './endpoints/reseal.ts';

const name = 'config-api reseal';
const config = configOrExit(name, readResealConfig);
const logger = createLogger(name, config.LOG_LEVEL);
const nats = await connectNats(
  natsOptions(config, 'config-api', name),
  // A command that somebody waits for, and not to begin by itself hours later.
  { signal: AbortSignal.timeout(60_000), onRetry: (error) => logger.warn({ reason: reasonOf(error) }, 'NATS is away; trying again') },
);
try {
  const counts = await resealAll(nats, config.SECRETS_KEY_RING, logger);
  logger.info({ sealingKid: config.SECRETS_KEY_RING.sealingKid, ...counts }, 'secrets are sealed with the ring\'s first key');
  if (counts.failed > 0) process.exitCode = 1;
} finally {
  await nats.drain();
}
