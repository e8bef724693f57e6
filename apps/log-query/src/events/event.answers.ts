import { eventTypes, routingFaults, systemReasons } from '@cepro/contracts';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { deliveryStatuses } from '../project/delivery.ts';
import { eventVerdicts } from './verdict.ts';

export const eventStatuses = ['waiting', 'routed', 'unusable'] as const;
export type EventStatus = (typeof eventStatuses)[number];

const orNull = (type: 'string' | 'integer', more: ApiPropertyOptions = {}) => ApiProperty({ ...more, type, nullable: true } as ApiPropertyOptions);
const time = { format: 'date-time', example: '2026-03-08T14:30:00.000Z' };

/** An event of the account. */
export class EventEntry {
  @ApiProperty({ example: 'evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10' }) id: string;
  @orNull('string', { enum: [...eventTypes], description: 'Null: it was published under a type that the catalogue does not have, or not yet.' }) type: string | null;
  @ApiProperty({ type: String, ...time, description: 'When it was stored.' }) receivedAt: string;
  @ApiProperty({ enum: eventStatuses, description: 'waiting: not routed yet. unusable: put aside, for the fault named.' }) status: EventStatus;
  @orNull('integer', { example: 2, description: 'For how many endpoints a delivery was scheduled; null while it is waiting. In the list it is what the router noted; an event by itself counts those of a router that was interrupted, too.' }) deliveries: number | null;
  @orNull('string', { enum: [...routingFaults], description: 'Why it is unusable, as a stable code. Further codes may come.' }) fault: string | null;
}

/** A page of an account's events, newest first. */
export class EventPage {
  @ApiProperty({ type: [EventEntry] }) data: EventEntry[];
  @orNull('string', { description: 'Where the next page begins; null on the last one.' }) nextCursor: string | null;
}

/** Why an endpoint got an event, or did not. */
export class EventVerdict {
  @ApiProperty({ example: 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f' }) endpointId: string;
  @orNull('string', { description: 'Where it was when the event was routed, or where it is if it was created later; null if it is deleted.' }) url: string | null;
  @ApiProperty({
    enum: eventVerdicts,
    description: 'As of when the event was routed. One that was off and not subscribed is not-subscribed; one that is deleted by now is deleted, whatever it was.',
  }) verdict: string;
  @orNull('string', { ...time, description: 'inactive, disabled-by-system: since when it was off. created-later, deleted: when that was.' }) since: string | null;
  @orNull('string', { enum: [...systemReasons], description: 'Why the system had switched it off, if it had.' }) disabledReason: string | null;
  @orNull('string', { example: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', description: 'The delivery, if one was scheduled.' }) deliveryId: string | null;
  @orNull('string', { enum: [...deliveryStatuses], description: 'How the delivery is doing; null as long as the log does not have it.' }) deliveryStatus: string | null;
}

/** An event, and why each endpoint of the account got it or did not. */
export class EventAnswer extends EventEntry {
  @orNull('integer', { description: 'The version of the configuration by which it was routed; null while it is waiting.' }) configVersion: number | null;
  @orNull('string', { description: 'The exact body that receivers get. Null if it is unusable, or so old that it is not kept any more.' }) payload: string | null;
  @ApiProperty({ type: [EventVerdict], description: 'Every endpoint of the account, in the order in which they were created, but for those that were deleted before it was routed; none while the event is waiting, if it is unusable, or if its type is null.' }) endpoints: EventVerdict[];
}
