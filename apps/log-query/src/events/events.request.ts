import { eventTypes, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsMoment, PageRequest } from '../read/page.request.ts';

/** Which events are wanted. */
export class EventsRequest extends PageRequest {
  @ApiProperty({ required: false, enum: eventTypes, description: 'Only events of this type.' })
  @IsOptional() @IsIn(eventTypes, { message: 'type must be an event type of the catalogue' })
  type?: EventType;

  @ApiProperty({ required: false, type: String, format: 'date-time', description: 'Only events received at this time or later: ISO 8601 with an offset or Z.' })
  @IsOptional() @IsMoment()
  from?: string;

  @ApiProperty({ required: false, type: String, format: 'date-time', description: 'Only events received before this time: ISO 8601 with an offset or Z.' })
  @IsOptional() @IsMoment()
  to?: string;
}
