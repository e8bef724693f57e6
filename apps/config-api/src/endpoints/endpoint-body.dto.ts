import { eventTypes, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsInt, IsString, Matches, Max, MaxLength, Min, ValidateIf,
} from 'class-validator';

/** A field that may be left out, but not be null. */
const IfGiven = () => ValidateIf((_body, value) => value !== undefined);
const IfGivenAndNotNull = () => ValidateIf((_body, value) => value !== undefined && value !== null);

// Control characters break log lines, and one of them Postgres; half a surrogate pair is no text at all.
const printable = /^[^\p{Cc}\p{Cs}]*$/u;

/** More than that no endpoint gets anyway. */
const maxRateLimit = 10_000;

const urlDocs = {
  type: 'string', format: 'uri', maxLength: 2048, example: 'https://hooks.example.com/ce-pro',
  description: 'An external HTTPS address, without user name and password. It is stored in its usual spelling.',
} as const;
const eventsDocs = {
  enum: eventTypes, enumName: 'EventType', isArray: true, minItems: 1, uniqueItems: true, example: ['estimate.accepted', 'invoice.paid'],
};

/** The fields that creating and changing share. Whether a URL is external and an event known is checked by the pipe. */
class EndpointBody {
  @ApiProperty({ type: 'boolean', required: false, description: 'Whether deliveries are made. A new endpoint is active unless this says otherwise.' })
  @IfGiven() @IsBoolean()
  active?: boolean;

  @ApiProperty({
    anyOf: [{ type: 'string', maxLength: 256 }, { type: 'null' }], required: false, example: 'Our CRM',
    description: 'What the endpoint is for. No control characters. `null` for none.',
  })
  @IfGivenAndNotNull() @IsString() @MaxLength(256) @Matches(printable, { message: 'description must not contain control characters' })
  description?: string | null;

  @ApiProperty({
    anyOf: [{ type: 'integer', minimum: 1, maximum: maxRateLimit }, { type: 'null' }], required: false, example: 25,
    description: 'The most requests in a second, over all workers. What is more waits, and does not fail. `null`, as if left out: as many as the receiver takes.',
  })
  @IfGivenAndNotNull() @IsInt() @Min(1) @Max(maxRateLimit)
  rateLimit?: number | null;
}

export class CreateEndpointBody extends EndpointBody {
  @ApiProperty(urlDocs)
  @IsString() @MaxLength(2048)
  url: string;

  @ApiProperty(eventsDocs)
  @IsArray() @ArrayNotEmpty() @ArrayMaxSize(eventTypes.length)
  events: EventType[];
}

export class ChangeEndpointBody extends EndpointBody {
  @ApiProperty({ ...urlDocs, required: false })
  @IfGiven() @IsString() @MaxLength(2048)
  url?: string;

  @ApiProperty({ ...eventsDocs, required: false })
  @IfGiven() @IsArray() @ArrayNotEmpty() @ArrayMaxSize(eventTypes.length)
  events?: EventType[];
}
