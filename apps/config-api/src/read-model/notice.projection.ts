import { decodeNotification, notificationSubjects, streams, type NotificationType } from '@cepro/contracts';
import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import type { EntityManager } from 'typeorm';
import { takeTurns } from './take-turns.ts';
import { evolveTold, type Told } from './told.ts';

/** A row of `config.endpoint_notices`, without the endpoint's id. */
export interface NoticeColumns {
  readonly type: NotificationType;
  readonly at: Date;
  readonly since: Date;
  readonly disabled_at: Date | null;
}

/**
 * Keeps `config.endpoint_notices`: what CE Pro was last told of each endpoint. The stream of notifications is the record of
 * what was told, so a process that dies after telling and before it has noted that has told it all the same.
 */
export class NoticeProjection implements Projection {
  readonly name = 'endpoint-notices';
  readonly stream = streams.notifications;
  readonly subjects = [notificationSubjects()];

  constructor(private readonly logger: Logger) {}

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const notifications = messages.flatMap((message) => {
      const notification = decodeNotification(message);
      if (notification.ok) return [notification.value];
      this.logger.error({ subject: message.subject, sequence: message.seq, reason: notification.reason }, 'a notification can not be read; passed over');
      return [];
    });
    if (notifications.length === 0) return;
    await takeTurns(manager);
    const ids = [...new Set(notifications.map(({ endpointId }) => endpointId))];
    const rows: (NoticeColumns & { endpoint_id: string })[] = await manager.query(
      'SELECT endpoint_id, type, at, since, disabled_at FROM config.endpoint_notices WHERE endpoint_id = ANY($1)', [ids],
    );
    const told = new Map(rows.map((row) => [row.endpoint_id, toldOf(row)]));
    for (const notification of notifications) told.set(notification.endpointId, evolveTold(told.get(notification.endpointId), notification));
    await manager.query(
      `INSERT INTO config.endpoint_notices (endpoint_id, type, at, since, disabled_at)
       SELECT endpoint_id, type, at, since, disabled_at FROM json_populate_recordset(NULL::config.endpoint_notices, $1) AS change
       WHERE NOT EXISTS (SELECT FROM config.endpoints WHERE id = change.endpoint_id AND deleted_at IS NOT NULL)
       ON CONFLICT (endpoint_id) DO UPDATE SET type = excluded.type, at = excluded.at, since = excluded.since, disabled_at = excluded.disabled_at`,
      [JSON.stringify([...told].map(([endpointId, { type, at, since, disabledAt }]) => ({ endpoint_id: endpointId, type, at, since, disabled_at: disabledAt })))],
    );
  }
}

/** What a row holds. */
export function toldOf({ type, at, since, disabled_at: disabledAt }: NoticeColumns): Told {
  return { type, at, since, disabledAt };
}
