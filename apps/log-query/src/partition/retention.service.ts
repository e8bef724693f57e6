import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '@cepro/projection';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { Counter } from 'prom-client';
import { CONFIG } from '../config.token.ts';
import type { Config } from '../config.ts';
import { orStopped } from '../stop.ts';
import { daysAhead, oldestKept } from './day.ts';
import { dropPartitionsBefore, ensurePartitions } from './partitions.table.ts';

const everyMs = 60 * 60 * 1_000;
const retryMs = 60_000;
/** The projection makes a missing partition itself, but then writers and readers wait for each other. */
const ahead = 7;

const droppedCounter = new Counter({ name: 'webhooks_log_days_dropped_total', help: 'Days of the log dropped because their retention was over' });

/** Once an hour makes the coming days' partitions and drops those that are wholly older than the retention. */
@Injectable()
export class Retention implements OnModuleInit, OnModuleDestroy {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Database) private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    if (!(await orStopped(this.database.migrated(), signal))) return;
    while (!signal.aborted) {
      const done = await this.#sweep();
      await sleep(done ? everyMs : retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #sweep(): Promise<boolean> {
    try {
      const now = Date.now();
      await this.database.source.transaction((manager) => ensurePartitions(manager, daysAhead(now, ahead)));
      for (const day of await dropPartitionsBefore(this.database.source, oldestKept(now, this.config.LOG_RETENTION_DAYS))) {
        droppedCounter.inc();
        this.logger.info({ day, retentionDays: this.config.LOG_RETENTION_DAYS }, 'a day of the log was dropped');
      }
      return true;
    } catch (error) {
      this.logger.warn({ reason: reasonOf(error) }, 'the partitions could not be looked after; trying again');
      return false;
    }
  }
}
