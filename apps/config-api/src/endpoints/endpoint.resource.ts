import { disabledReasons, eventTypes, type DisabledReason, type Endpoint, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import type { EndpointRow } from '../read-model/endpoint.entity.ts';
import { healthState, healthStates, noHealthFacts, type HealthFacts, type HealthState } from '../read-model/health.ts';

const timeOrNull = { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] };

export class HealthResource {
  @ApiProperty({
    enum: healthStates, enumName: 'HealthState',
    description: '`unused`: nothing was attempted yet; `healthy`, `failing`: how the last attempt went; `disabled`: switched off; '
      + '`unknown`: can not be told at the moment (only in the answer to a change).',
  })
  state: HealthState;
  @ApiProperty(timeOrNull) lastSuccessAt: string | null;
  @ApiProperty(timeOrNull) lastFailureAt: string | null;
  @ApiProperty({ ...timeOrNull, description: 'When the first of the failures began that no success has followed.' }) failingSince: string | null;
}

export class EndpointResource {
  @ApiProperty({ example: 'wh_019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071' }) id: string;
  @ApiProperty({ format: 'uri', example: 'https://hooks.example.com/ce-pro' }) url: string;
  @ApiProperty({ enum: eventTypes, enumName: 'EventType', isArray: true }) events: EventType[];
  @ApiProperty() active: boolean;
  @ApiProperty({ anyOf: [{ type: 'string' }, { type: 'null' }] }) description: string | null;
  @ApiProperty({ anyOf: [{ type: 'integer' }, { type: 'null' }], description: 'The most requests in a second; `null` for no such limit.' }) rateLimit: number | null;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
  @ApiProperty({
    anyOf: [{ type: 'string', enum: [...disabledReasons] }, { type: 'null' }],
    description: 'Why it is off: `user`, its admin switched it off; `failing`, no success for too long; `gone`, the receiver kept answering 410.',
  })
  disabledReason: DisabledReason | null;
  @ApiProperty(timeOrNull) disabledAt: string | null;
  @ApiProperty() health: HealthResource;
}

export class CreatedEndpointResource extends EndpointResource {
  @ApiProperty({ example: 'whsec_…', description: 'The key that signs every request. It is shown here, once, and never again.' })
  secret: string;
}

export class EndpointPageResource {
  @ApiProperty({ type: [EndpointResource] }) data: EndpointResource[];
  @ApiProperty({ anyOf: [{ type: 'string' }, { type: 'null' }], description: '`null` on the last page.' }) nextCursor: string | null;
}

/** An endpoint as its events make it. `facts` is `undefined` if it can't be had now. */
export function endpointResource(endpoint: Endpoint, facts: HealthFacts | undefined): EndpointResource {
  const { id, url, events, active, description, rateLimit, createdAt, updatedAt, disabledReason, disabledAt } = endpoint;
  return {
    id, url, events: [...events], active, description, rateLimit, createdAt, updatedAt, disabledReason, disabledAt, health: healthResource(active, facts),
  };
}

/** An endpoint as the view has it. */
export function endpointResourceOfRow(row: EndpointRow): EndpointResource {
  const { id, url, events, active, description, rateLimit, createdAt, updatedAt, disabledReason, disabledAt, health } = row;
  return {
    id, url: url ?? '', events: events ?? [], active: active ?? false, description, rateLimit,
    createdAt: createdAt?.toISOString() ?? '', updatedAt: updatedAt?.toISOString() ?? '',
    disabledReason, disabledAt: disabledAt?.toISOString() ?? null,
    health: healthResource(active ?? false, health ?? noHealthFacts),
  };
}

function healthResource(active: boolean, facts: HealthFacts | undefined): HealthResource {
  const { lastSuccessAt, lastFailureAt, failingSince } = facts ?? noHealthFacts;
  return {
    state: healthState(active, facts),
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    lastFailureAt: lastFailureAt?.toISOString() ?? null,
    failingSince: failingSince?.toISOString() ?? null,
  };
}
