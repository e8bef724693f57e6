import { eventTypes, outcomes, type EventType, type Outcome } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsMoment, PageRequest } from './page.request.ts';

/** Which attempts of the log are wanted. */
export class AttemptsRequest extends PageRequest {
  @ApiProperty({ required: false, enum: outcomes, description: 'Only attempts with this outcome.' })
  @IsOptional() @IsIn(outcomes, { message: `outcome must be one of ${outcomes.join(', ')}` })
  outcome?: Outcome;

  @ApiProperty({ required: false, enum: eventTypes, description: 'Only attempts of deliveries of this event type.' })
  @IsOptional() @IsIn(eventTypes, { message: 'event must be an event type of the catalogue' })
  event?: EventType;

  @ApiProperty({ required: false, type: String, format: 'date-time', description: 'Only attempts made at this time or later: ISO 8601 with an offset or Z.' })
  @IsOptional() @IsMoment()
  from?: string;

  @ApiProperty({ required: false, type: String, format: 'date-time', description: 'Only attempts made before this time: ISO 8601 with an offset or Z.' })
  @IsOptional() @IsMoment()
  to?: string;
}
