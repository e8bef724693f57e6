import { catalogue, dataSchemaOf, eventTypes, examplePayloadOf, type EventGroup, type EventType } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';

export class EventTypeResource {
  @ApiProperty({ enum: eventTypes, enumName: 'EventType' }) name: EventType;
  @ApiProperty() description: string;
  @ApiProperty({ type: 'string', example: 'Estimates' }) group: EventGroup;
  @ApiProperty({ description: 'A name of its own for older integrations, not an alias.' }) legacy: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'A whole body as a receiver gets it.' })
  example: Record<string, unknown>;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema (draft 2020-12) of `data`.' })
  schema: Record<string, unknown>;
}

export class EventTypeList {
  @ApiProperty({ type: [EventTypeResource] }) data: EventTypeResource[];
}

/** The catalogue as the API shows it. */
export const eventTypeList: EventTypeList = {
  data: eventTypes.map((name) => {
    const { description, group, legacy } = catalogue[name];
    return { name, description, group, legacy, example: examplePayloadOf(name), schema: dataSchemaOf(name) };
  }),
};
