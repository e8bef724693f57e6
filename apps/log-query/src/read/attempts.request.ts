import { eventTypes, isTimestamp, outcomes, type EventType, type Outcome } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, registerDecorator } from 'class-validator';

const defaultLimit = 50;
const mostLimit = 100;

/** Which attempts of the log are wanted. */
export class AttemptsRequest {
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

  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: mostLimit, default: defaultLimit, description: 'How many attempts a page may hold.' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value))
  @IsInt({ message: `limit must be a whole number from 1 to ${mostLimit}` })
  @Min(1, { message: `limit must be a whole number from 1 to ${mostLimit}` })
  @Max(mostLimit, { message: `limit must be a whole number from 1 to ${mostLimit}` })
  limit: number = defaultLimit;

  @ApiProperty({ required: false, type: String, description: 'The `nextCursor` of the page before.' })
  @IsOptional() @IsString() @MaxLength(500)
  cursor?: string;
}

/** A time as CE Pro's events write it. The year 0 is ISO 8601, and yet no year. */
function IsMoment(): PropertyDecorator {
  return (target, property) => registerDecorator({
    name: 'isMoment',
    target: target.constructor,
    propertyName: String(property),
    validator: {
      validate: (value: unknown) => isTimestamp(value) && !value.startsWith('0000'),
      defaultMessage: () => `${String(property)} must be a time in ISO 8601 with an offset or Z, such as 2026-03-08T14:30:00Z`,
    },
  });
}
