import { Inject, Injectable } from '@nestjs/common';
import { deliveryIdOf, DomainError, isEventType, isId } from '@cepro/contracts';
import { Database } from '@cepro/projection';
import { asking } from '../database/availability.ts';
import { LogProjector } from '../project/log-projector.ts';
import { placeOf } from '../read/page.request.ts';
import type { EventAnswer, EventEntry, EventPage, EventStatus, EventVerdict } from './event.answers.ts';
import { decodeEventCursor, encodeEventCursor } from './event-cursor.ts';
import { selectEvent, selectEvents, selectStatuses, type EventRow } from './events.query.ts';
import type { EventsRequest } from './events.request.ts';
import { RecordClient } from './record.client.ts';
import { explain, type EndpointPast } from './verdict.ts';

/** Answers what became of an account's events, and why. */
@Injectable()
export class EventsReader {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LogProjector) private readonly projector: LogProjector,
    @Inject(RecordClient) private readonly record: RecordClient,
  ) {}

  /**
   * A page of an account's events.
   * @throws DomainError `validation-failed` (a cursor that is not ours), `unavailable`
   */
  async events(accountId: string, request: EventsRequest): Promise<EventPage> {
    const after = placeOf(request, decodeEventCursor);
    const rows = await asking(this.database, (manager) => selectEvents(manager, {
      accountId,
      eventType: request.type,
      from: request.from === undefined ? undefined : new Date(request.from),
      to: request.to === undefined ? undefined : new Date(request.to),
      after,
      // One more tells whether there is a next page.
      limit: request.limit + 1,
    }));
    const page = rows.slice(0, request.limit);
    const last = rows.length > request.limit ? page.at(-1) : undefined;
    return { data: page.map(entryOf), nextCursor: last ? encodeEventCursor(last.event_id) : null };
  }

  /**
   * An event with what was sent of it, and why each endpoint got it or did not.
   * @throws DomainError `event-not-found`, `unavailable`
   */
  async event(accountId: string, eventId: string): Promise<EventAnswer> {
    const row = await this.#find(accountId, eventId);
    const entry = entryOf(row);
    const usable = entry.status !== 'unusable';
    const [payload, endpoints] = await Promise.all([
      usable ? this.record.payload({ accountId, eventId, sequence: Number(row.sequence) }) : undefined,
      this.#verdicts(accountId, row),
    ]);
    return {
      ...entry,
      // A router that died half way has scheduled more than the one that went on for it.
      deliveries: entry.deliveries === null ? null : Math.max(entry.deliveries, endpoints.filter(({ verdict }) => verdict === 'scheduled').length),
      configVersion: row.config_version === null ? null : Number(row.config_version),
      payload: payload ?? null,
      endpoints,
    };
  }

  /** Finds even an event that was published just now. */
  async #find(accountId: string, eventId: string): Promise<EventRow> {
    if (!isId('evt', eventId)) throw new DomainError('event-not-found');
    const select = () => asking(this.database, (manager) => selectEvent(manager, accountId, eventId));
    const known = await select();
    if (known) return known;
    const areCurrent = await this.projector.eventsAreCurrent(accountId);
    const row = await select();
    if (row) return row;
    // It may well be there: nobody can tell.
    if (!areCurrent) throw new DomainError('unavailable', 'The events can not be looked through at the moment.');
    throw new DomainError('event-not-found');
  }

  async #verdicts(accountId: string, { event_id: eventId, event_type: type, config_version, fault }: EventRow): Promise<EventVerdict[]> {
    if (config_version === null || fault !== null || !isEventType(type)) return [];
    const pasts = await this.record.pasts(accountId, Number(config_version));
    const deliveryIds = new Map([...pasts.keys()].map((endpointId) => [endpointId, deliveryIdOf(eventId, endpointId)]));
    const statuses = await asking(this.database, (manager) => selectStatuses(manager, { accountId, eventId, deliveryIds: [...deliveryIds.values()] }));
    // Their ids sort by when they were created.
    return [...pasts].sort(byId).flatMap(([endpointId, past]) => {
      const deliveryId = deliveryIds.get(endpointId)!;
      const deliveryStatus = statuses.get(deliveryId) ?? null;
      const verdict = explain(past, type, deliveryStatus !== null);
      if (!verdict) return [];
      return [{ ...verdict, ...(verdict.verdict === 'scheduled' ? { deliveryId, deliveryStatus } : { deliveryId: null, deliveryStatus: null }) }];
    });
  }
}

function byId([a]: [string, EndpointPast], [b]: [string, EndpointPast]): number {
  return a < b ? -1 : 1;
}

function entryOf(row: EventRow): EventEntry {
  return {
    id: row.event_id,
    type: isEventType(row.event_type) ? row.event_type : null,
    receivedAt: row.created_at.toISOString(),
    status: statusOf(row),
    deliveries: row.deliveries,
    fault: row.fault,
  };
}

function statusOf({ config_version, fault }: EventRow): EventStatus {
  if (config_version === null) return 'waiting';
  return fault === null ? 'routed' : 'unusable';
}
