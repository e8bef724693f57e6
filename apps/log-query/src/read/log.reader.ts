import { Inject, Injectable } from '@nestjs/common';
import { DomainError, isId } from '@cepro/contracts';
import { Database } from '@cepro/projection';
import { asking } from '../database/availability.ts';
import { selectAttempts, selectEventIds, selectHours, type AttemptRow } from './attempts.query.ts';
import type { AttemptsRequest } from './attempts.request.ts';
import { bodyText } from './body-text.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { selectAttemptsOf, selectDelivery, type AttemptDetailRow } from './delivery.query.ts';
import { EndpointsReader } from './endpoints.reader.ts';
import { fillHours, lastHours } from './hours.ts';
import type { AttemptStats, DeliveryAnswer, DeliveryAttempt, LogPage } from './log.answers.ts';
import { placeOf } from './page.request.ts';

/** How far back the counts by hour go. */
const statsHours = 24;

/** Answers what the log is asked. */
@Injectable()
export class LogReader {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EndpointsReader) private readonly endpoints: EndpointsReader,
  ) {}

  /**
   * A page of an endpoint's attempts.
   * @throws DomainError `endpoint-not-found`, `validation-failed` (a cursor that is not ours), `unavailable`
   */
  async attempts(accountId: string, endpointId: string, request: AttemptsRequest): Promise<LogPage> {
    const after = placeOf(request, decodeCursor);
    await this.endpoints.mustExist(accountId, endpointId);
    const rows = await asking(this.database, (manager) => selectAttempts(manager, {
      accountId,
      endpointId,
      outcome: request.outcome,
      eventType: request.event,
      from: request.from === undefined ? undefined : new Date(request.from),
      to: request.to === undefined ? undefined : new Date(request.to),
      after,
      // One more tells whether there is a next page.
      limit: request.limit + 1,
    }));
    const page = rows.slice(0, request.limit);
    const last = rows.length > request.limit ? page.at(-1) : undefined;
    const eventIds = await asking(this.database, (manager) => selectEventIds(manager, page));
    return {
      data: page.map((row) => ({
        deliveryId: row.delivery_id,
        eventId: eventIds.get(row.delivery_id) ?? null,
        event: row.event_type,
        test: row.test,
        ...attemptAnswer(row),
      })),
      nextCursor: last ? encodeCursor({ startedAt: last.started_at.toISOString(), deliveryId: last.delivery_id, attempt: last.attempt }) : null,
    };
  }

  /**
   * How an endpoint's attempts went, hour by hour.
   * @throws DomainError `endpoint-not-found`, `unavailable`
   */
  async stats(accountId: string, endpointId: string): Promise<AttemptStats> {
    await this.endpoints.mustExist(accountId, endpointId);
    const hours = lastHours(new Date(), statsHours);
    const rows = await asking(this.database, (manager) => selectHours(manager, { accountId, endpointId, from: hours[0]! }));
    return { hours: fillHours(hours, rows) };
  }

  /**
   * A delivery with its request and every attempt.
   * @throws DomainError `delivery-not-found`, `unavailable`
   */
  async delivery(accountId: string, deliveryId: string): Promise<DeliveryAnswer> {
    if (!isId('dlv', deliveryId)) throw new DomainError('delivery-not-found');
    // Both in one moment, so that the status is that of the attempts shown.
    const found = await asking(this.database, (questions) => questions.transaction('REPEATABLE READ', async (manager) => {
      const row = await selectDelivery(manager, accountId, deliveryId);
      return row && { row, attempts: await selectAttemptsOf(manager, row) };
    }));
    if (!found) throw new DomainError('delivery-not-found');
    const { row, attempts } = found;
    return {
      id: row.delivery_id,
      endpointId: row.endpoint_id,
      eventId: row.event_id,
      event: row.event_type,
      status: row.status,
      test: row.test,
      createdAt: row.created_at.toISOString(),
      cancelReason: row.cancel_reason,
      nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
      request: { body: row.payload },
      attempts: attempts.map(attemptDetail),
    };
  }
}

function attemptAnswer(row: AttemptRow) {
  return {
    attempt: row.attempt,
    timestamp: row.started_at.toISOString(),
    statusCode: row.status_code,
    responseTimeMs: row.response_time_ms,
    outcome: row.outcome,
    error: row.error,
    nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  };
}

function attemptDetail(row: AttemptDetailRow): DeliveryAttempt {
  const body = bodyText(row.response_body, row.response_truncated);
  return {
    ...attemptAnswer(row),
    url: row.url,
    requestHeaders: row.request_headers,
    responseBody: body.text,
    responseBodyEncoding: body.encoding,
    responseTruncated: row.response_truncated,
  };
}
