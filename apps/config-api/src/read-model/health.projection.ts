import { decodeAttempt, deliveryFactSubjects, parseDeliverySubject, streams } from '@cepro/contracts';
import type { Projection } from '@cepro/projection';
import type { Logger } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';
import type { EntityManager } from 'typeorm';
import { evolveHealth, noHealthHistory, type HealthHistory, type HealthSignal } from './health.ts';
import { takeTurns } from './take-turns.ts';

const columns = 'last_success_at, last_failure_at, failing_since, failed_deliveries, failed, gone';

/** A row of `config.endpoint_health`, without the endpoint's id. */
export interface HealthColumns {
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly failing_since: Date | null;
  readonly failed_deliveries: number;
  readonly failed: HealthHistory['failed'];
  readonly gone: HealthHistory['gone'];
}

/** Keeps `config.endpoint_health` as the attempts tell. Send Tests are no deliveries and don't count. */
export class HealthProjection implements Projection {
  readonly name = 'endpoint-health';
  readonly stream = streams.deliveries;
  readonly subjects = [deliveryFactSubjects('attempted')];

  constructor(private readonly logger: Logger) {}

  async apply(manager: EntityManager, messages: readonly JsMsg[]): Promise<void> {
    const signals = messages.flatMap((message) => this.#read(message));
    if (signals.length === 0) return;
    await takeTurns(manager);
    const ids = [...new Set(signals.map(({ endpointId }) => endpointId))];
    const rows: (HealthColumns & { endpoint_id: string })[] = await manager.query(
      `SELECT endpoint_id, ${columns} FROM config.endpoint_health WHERE endpoint_id = ANY($1)`, [ids],
    );
    const known = new Map(rows.map((row) => [row.endpoint_id, historyOf(row)]));
    for (const signal of signals) known.set(signal.endpointId, evolveHealth(known.get(signal.endpointId) ?? noHealthHistory, signal));
    // An endpoint that is not known yet may be one whose creation is still to come; its deletion would drop this again.
    await manager.query(
      `INSERT INTO config.endpoint_health (endpoint_id, ${columns})
       SELECT endpoint_id, ${columns} FROM json_populate_recordset(NULL::config.endpoint_health, $1) AS change
       WHERE NOT EXISTS (SELECT FROM config.endpoints WHERE id = change.endpoint_id AND deleted_at IS NOT NULL)
       ON CONFLICT (endpoint_id) DO UPDATE SET (${columns}) = (${columns.replace(/\w+/g, 'excluded.$&')})`,
      [JSON.stringify([...known].map(([endpointId, history]) => rowOf(endpointId, history)))],
    );
  }

  #read(message: JsMsg): HealthSignal[] {
    const subject = parseDeliverySubject(message.subject);
    const attempt = decodeAttempt(message.data);
    if (subject.ok && attempt.ok) {
      const { deliveryId, startedAt, outcome, statusCode, error } = attempt.value;
      return [{ endpointId: subject.value.endpointId, deliveryId, at: new Date(startedAt), outcome, gone: statusCode === 410 && error === null }];
    }
    const reason = subject.ok ? !attempt.ok && attempt.reason : subject.reason;
    this.logger.error({ subject: message.subject, sequence: message.seq, reason }, 'an attempt can not be read; passed over');
    return [];
  }
}

/** What a row holds; of an endpoint that has none, nothing was attempted. */
export function historyOf(row: HealthColumns | undefined): HealthHistory {
  if (!row) return noHealthHistory;
  return {
    lastSuccessAt: row.last_success_at, lastFailureAt: row.last_failure_at, failingSince: row.failing_since,
    failedDeliveries: row.failed_deliveries, failed: row.failed, gone: row.gone,
  };
}

function rowOf(endpointId: string, history: HealthHistory) {
  const { lastSuccessAt, lastFailureAt, failingSince, failedDeliveries, failed, gone } = history;
  return {
    endpoint_id: endpointId, last_success_at: lastSuccessAt, last_failure_at: lastFailureAt, failing_since: failingSince,
    failed_deliveries: failedDeliveries, failed, gone,
  };
}
