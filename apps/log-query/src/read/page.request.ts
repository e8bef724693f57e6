import { DomainError, isTimestamp } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, registerDecorator } from 'class-validator';

const defaultLimit = 50;
const mostLimit = 100;

/** Which page of a list is wanted. */
export class PageRequest {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: mostLimit, default: defaultLimit, description: 'How many entries a page may hold.' })
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
export function IsMoment(): PropertyDecorator {
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

/**
 * The place that a page's cursor names; `undefined` if none is given.
 * @throws DomainError `validation-failed` for a cursor that this service has not written.
 */
export function placeOf<C>({ cursor }: Pick<PageRequest, 'cursor'>, decode: (cursor: string) => C | undefined): C | undefined {
  if (cursor === undefined) return undefined;
  const place = decode(cursor);
  if (place === undefined) {
    throw new DomainError('validation-failed', undefined, [{ field: 'cursor', message: 'cursor must be the nextCursor of an earlier answer' }]);
  }
  return place;
}
