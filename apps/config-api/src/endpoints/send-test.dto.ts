import { eventTypes, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** What a Send Test may be told. */
export class SendTestBody {
  @ApiProperty({
    enum: eventTypes, enumName: 'EventType', required: false, default: 'estimate.created',
    description: 'The type of the test event, whether or not the endpoint subscribes to it. Every type but the default has its example as payload, marked as a test.',
  })
  @IsOptional() @IsIn(eventTypes, { message: 'eventType must be an event type of the catalogue' })
  eventType?: EventType;
}
