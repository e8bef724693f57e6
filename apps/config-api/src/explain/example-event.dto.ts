import { eventTypes, isTimestamp, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsObject, ValidateBy, ValidateIf } from 'class-validator';

/** An event as it might be published. */
export class ExampleEventBody {
  @ApiProperty({ enum: eventTypes, enumName: 'EventType', description: 'The type of the event.' })
  @IsIn(eventTypes, { message: 'type must be an event type of the catalogue' })
  type: EventType;

  @ApiProperty({ type: String, format: 'date-time', required: false, description: 'When it occurred: ISO 8601 with an offset or Z. Now, if it is left out.' })
  @ValidateIf((_body, value) => value !== undefined)
  @ValidateBy({
    name: 'isTimestamp',
    validator: { validate: isTimestamp, defaultMessage: () => 'timestamp must be a time in ISO 8601 with an offset or Z, such as 2026-03-08T14:30:00Z' },
  })
  timestamp?: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What receivers get under `data`. Its numbers stay as they are written.' })
  @IsObject({ message: 'data must be an object' })
  data: Record<string, unknown>;
}
