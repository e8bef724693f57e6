import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { dataSourceOf, type DatabaseSettings } from './database.ts';
import { dropSchema, migrate } from './migrate.ts';
import { Projector, type Projection } from './projector.ts';

/**
 * Drops a service's schema and makes it anew from the streams, one projection after the other. Prints its progress
 * through the logger. Services may run meanwhile: they start over too, and nobody stores anything twice.
 */
export async function rebuild(js: JetStreamClient, settings: DatabaseSettings, projections: readonly Projection[], logger: Logger): Promise<void> {
  const source = await dataSourceOf(settings).initialize();
  const stop = new AbortController();
  const runs: Promise<void>[] = [];
  try {
    await dropSchema(source, settings.schema);
    await migrate(source, settings.schema);
    for (const projection of projections) {
      const projector = new Projector(projection, source, settings.schema, logger);
      const running = projector.run(js, stop.signal);
      runs.push(running);
      let done = false;
      const caughtUp = projector.caughtUp.then(() => { done = true; });
      while (!done) {
        // The pause must not keep the process from ending when everything is done.
        await Promise.race([caughtUp, running, sleep(2_000, undefined, { ref: false })]);
        logger.info({ projection: projection.name, position: projector.position.sequence, done }, 'rebuilding');
      }
    }
  } finally {
    stop.abort();
    await Promise.allSettled(runs);
    await source.destroy();
  }
}
