import { InvalidEnvironmentError } from './environment.ts';
import { natsOptions, type NatsConfig } from './nats-options.ts';
import { createLogger, nestLogger, reasonOf, type Logger } from './logger.ts';
import { ManagementServer } from './management.server.ts';
import type { ServiceSettings } from './settings.ts';
import { startTracer } from './trace/start-tracer.ts';
import { heededOfTraces, traceSettings, type TraceVariables } from './trace/trace-variables.ts';
import type { Tracer } from './trace/tracer.ts';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';

/** Parts of a service's configuration that its shell uses. */
export interface ShellConfig extends NatsConfig, Partial<TraceVariables> {
  readonly LOG_LEVEL: string;
  readonly MANAGEMENT_HOST: string;
  readonly MANAGEMENT_PORT: number;
}

/** Exit code for an environment that can't be used: sysexits' EX_CONFIG. */
const badConfiguration = 78;

/**
 * Runs a service: reads its environment, starts it, and stops it gently on SIGTERM or SIGINT. With an unusable
 * environment it prints every fault and exits with code 78.
 */
export async function runService<C extends ShellConfig>(
  name: string,
  readConfig: (env: NodeJS.ProcessEnv) => C,
  start: (config: C, settings: ServiceSettings, nest: { logger: LoggerService }) => Promise<INestApplicationContext>,
): Promise<void> {
  const config = configOrExit(name, (env) => readConfig(heededOfTraces(env)));
  const logger = createLogger(name, config.LOG_LEVEL);
  const tracer = await startTracer(traceSettings(name, config), logger);
  const settings: ServiceSettings = {
    name, logger, tracer, nats: natsOptions(config, name), managementHost: config.MANAGEMENT_HOST, managementPort: config.MANAGEMENT_PORT,
  };
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'a promise was rejected and nobody looked');
    process.exit(1);
  });
  try {
    const app = await start(config, settings, { logger: nestLogger(logger) });
    stopOnSignal(app, logger, tracer);
    logger.info({ managementPort: config.MANAGEMENT_PORT }, 'started');
  } catch (error) {
    logger.fatal({ err: error }, `could not start: ${reasonOf(error)}`);
    process.exit(1);
  }
}

/** Reads a configuration; on faults prints them all and ends the process with code 78. */
export function configOrExit<C>(name: string, readConfig: (env: NodeJS.ProcessEnv) => C): C {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof InvalidEnvironmentError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(badConfiguration);
  }
}

function stopOnSignal(app: INestApplicationContext, logger: Logger, tracer: Tracer | undefined): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    app.get(ManagementServer).beforeShutdown();
    app.close().then(() => tracer?.stop()).then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
