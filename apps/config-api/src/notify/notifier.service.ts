import { Inject, Injectable } from '@nestjs/common';
import { notificationSubject, notificationSubjects, streams, type Notification, type SystemDisabledReason } from '@cepro/contracts';
import { isConflict, lastSequence, orAborted } from '@cepro/jetstream';
import { Database } from '@cepro/projection';
import { LOGGER, NatsClient, type Logger } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { historyOf, type HealthColumns } from '../read-model/health.projection.ts';
import { toldOf, type NoticeColumns } from '../read-model/notice.projection.ts';
import { ReadModel, viewReached, type Positions } from '../read-model/read-model.ts';
import { freshMs, newsOf, type WatchedEndpoint } from './news.ts';
import { notificationTold } from './notification.telemetry.ts';

const pageSize = 500;

interface Row extends OrNull<HealthColumns>, OrNull<NoticeColumns> {
  readonly id: string;
  readonly account_id: string;
  readonly url: string;
  readonly active: boolean;
  readonly updated_at: Date;
  readonly system_disabled_at: Date | null;
  readonly system_disabled_reason: SystemDisabledReason | null;
}

/** What an outer join gives: all of a row, or nothing of it. */
type OrNull<T> = { readonly [K in keyof T]: T[K] | null };

/**
 * Tells CE Pro what there is to tell of endpoints. What an account was told is a history of its own: the subjects of its
 * notifications. Nothing is appended to a history that was not read, so each piece of news is told once, however many
 * replicas look, and whenever one of them dies.
 */
@Injectable()
export class Notifier {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ReadModel) private readonly readModel: ReadModel,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Tells one piece of news of each endpoint of which there is any. True if there was, and there may be more.
   * @throws what keeps NATS or Postgres from answering. What was not told then is told the next time.
   */
  async tellNews(signal: AbortSignal): Promise<boolean> {
    const positions = await this.readModel.whole(signal);
    if (!positions) return false;
    const js = await orAborted(this.nats.jetstream(), signal);
    /** What this pass has told last, by account. */
    const own = new Map<string, number>();
    let found = false;
    let after = '';
    for (;;) {
      const page = await this.#page(positions, after);
      for (const endpoint of page) {
        signal.throwIfAborted();
        const news = newsOf(endpoint, Date.now());
        if (!news) continue;
        found = true;
        await this.#tell(js, news, positions['endpoint-notices'], own);
      }
      const last = page.at(-1);
      if (!last || page.length < pageSize) return found;
      after = last.endpointId;
    }
  }

  /** Leaves it to a later pass if the account was told something that is not known here yet. */
  async #tell(js: JetStreamClient, news: Notification, known: number, own: Map<string, number>): Promise<void> {
    const { accountId, type, id } = news;
    const account = notificationSubjects(accountId);
    const last = await lastSequence(js, streams.notifications, account);
    if (last > known && last !== own.get(accountId)) return;
    try {
      const { seq, duplicate } = await js.publish(notificationSubject(accountId, type), JSON.stringify(news), {
        msgID: id, expect: { lastSubjectSequence: last, lastSubjectSequenceSubject: account },
      });
      own.set(accountId, seq);
      if (!duplicate) notificationTold(this.logger, news, seq);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  async #page(positions: Positions, after: string): Promise<WatchedEndpoint[]> {
    // A net with wide meshes, over few endpoints; what is news is decided elsewhere.
    const rows: Row[] = await this.database.source.query(
      `WITH watched AS (
         SELECT id FROM config.endpoints WHERE system_disabled_at > $1
         UNION SELECT endpoint_id FROM config.endpoint_health WHERE failing_since IS NOT NULL AND failed_deliveries > 0
         UNION SELECT endpoint_id FROM config.endpoint_notices WHERE type <> 'webhook.recovered'
       )
       SELECT id, account_id, url, active, updated_at, system_disabled_at, system_disabled_reason, health.*, notice.*
       FROM watched
       JOIN config.endpoints USING (id)
       LEFT JOIN config.endpoint_health AS health ON health.endpoint_id = id
       LEFT JOIN config.endpoint_notices AS notice ON notice.endpoint_id = id
       WHERE deleted_at IS NULL AND id > $2
         AND (system_disabled_at > coalesce(notice.disabled_at, '-infinity')
              OR (active AND health.failed_deliveries > 0 AND notice.type IS DISTINCT FROM 'webhook.failing')
              OR (active AND notice.type <> 'webhook.recovered' AND health.last_success_at > notice.at))
         AND ${viewReached(3)}
       ORDER BY id LIMIT $4`,
      [new Date(Date.now() - freshMs), after, JSON.stringify(positions), pageSize],
    );
    return rows.map(watchedOf);
  }
}

function watchedOf(row: Row): WatchedEndpoint {
  const { id: endpointId, account_id: accountId, url, active, updated_at: updatedAt, system_disabled_at: at, system_disabled_reason: reason } = row;
  return {
    accountId, endpointId, url, active, updatedAt,
    systemDisabling: at && reason && { at, reason },
    health: historyOf(row.failed ? (row as HealthColumns) : undefined),
    told: row.type ? toldOf(row as NoticeColumns) : undefined,
  };
}
