import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { configSubject, endpointDeliverySubjects, endpointRetrySubjects, retriesBucket, streams } from '@cepro/contracts';
import { eraseNotifications } from '@cepro/jetstream';
import { Database } from '@cepro/projection';
import { LOGGER, NatsClient, reasonOf, type Logger } from '@cepro/service';
import { Counter } from 'prom-client';
import { CONFIG } from '../config.token.ts';
import type { Config } from '../config.ts';
import { orStopped } from '../stop.ts';
import { afterPass } from './erasure.ts';
import { ErasureBell } from './erasure-bell.ts';
import { deleteRows, dueErasures, recordPass, untilNextErasure, type DueErasure } from './erasures.table.ts';

const atATime = 100;
/** What another replica has projected makes no bell ring here; if that replica dies, this one finds it so. */
const lookMs = 30_000;
const retryMs = 5_000;

const erasuresCounter = new Counter({ name: 'webhooks_log_erasures_total', help: 'Deleted endpoints whose history was erased from every store' });

/**
 * Erases what is left of deleted endpoints: the rows, what the streams hold of their deliveries, the retries' state, what
 * CE Pro was told of them, and their configuration's history but for the tombstone. What is due stands in the database, so whoever runs next goes on.
 */
@Injectable()
export class Eraser implements OnModuleInit, OnModuleDestroy {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Database) private readonly database: Database,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(ErasureBell) private readonly bell: ErasureBell,
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
    if (!(await orStopped(this.database.migrated(), signal)) || !(await orStopped(this.nats.connection(), signal))) return;
    while (!signal.aborted) await this.bell.wait(await this.#eraseDue(), signal);
  }

  /** Makes a pass over everything that is due; returns for how long there will be nothing to do. */
  async #eraseDue(): Promise<number> {
    let failed = false;
    try {
      const due = await dueErasures(this.database.source, atATime);
      for (const erasure of due) {
        if (this.#stop.signal.aborted) return 0;
        // One that can't be erased must not keep the others waiting.
        failed = !(await this.#erase(erasure)) || failed;
      }
      if (failed) return retryMs;
      return Math.min(lookMs, (await untilNextErasure(this.database.source)) ?? lookMs);
    } catch (error) {
      this.logger.warn({ reason: reasonOf(error) }, 'could not look for what is to be erased; trying again');
      return retryMs;
    }
  }

  async #erase(erasure: DueErasure): Promise<boolean> {
    const { endpointId, accountId, version } = erasure;
    try {
      const js = await this.nats.jetstream();
      const jsm = await js.jetstreamManager(false);
      const { purged: messages } = await jsm.streams.purge(streams.deliveries, { filter: endpointDeliverySubjects(endpointId) });
      const { purged: retries } = await jsm.streams.purge(`KV_${retriesBucket}`, { filter: endpointRetrySubjects(endpointId) });
      // Up to the tombstone, whatever may have come after it: without it a rebuild would not know of the deletion.
      const { purged: changes } = await jsm.streams.purge(streams.config, { filter: configSubject(accountId, endpointId), seq: version });
      const notifications = await eraseNotifications(js, erasure);
      const rows = await deleteRows(this.database.source, endpointId);
      const after = afterPass(erasure, this.config.ERASURE_SETTLE_MS);
      const recorded = await recordPass(this.database.source, erasure, after);
      if (recorded && after.done) {
        erasuresCounter.inc();
        this.logger.info({ endpointId, accountId }, 'an endpoint and its history were erased');
      } else {
        this.logger.debug({ endpointId, messages, retries, changes, notifications, rows }, 'a pass of an erasure was made');
      }
      return true;
    } catch (error) {
      this.logger.warn({ endpointId, reason: reasonOf(error) }, 'an endpoint could not be erased; trying again');
      return false;
    }
  }
}
