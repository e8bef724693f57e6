import { systemReasons, verdicts } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';
import type { ExampleRequest, Explanation } from './explain.ts';

const stringOrNull = { anyOf: [{ type: 'string' }, { type: 'null' }] };

export class ExampleRequestResource implements ExampleRequest {
  @ApiProperty({ type: 'string', enum: ['POST'] }) method: 'POST';
  @ApiProperty({ format: 'uri', example: 'https://hooks.example.com/ce-pro' }) url: string;
  @ApiProperty({
    type: 'object', additionalProperties: { type: 'string' },
    description: 'Those of a first attempt. Signatures, the delivery\'s id and the time of the attempt are named in angle brackets: only a real attempt has them.',
  })
  headers: Record<string, string>;
  @ApiProperty({ description: 'The exact body.' }) body: string;
}

/** What would become of an event. */
export class ExplanationResource implements Explanation {
  @ApiProperty({
    enum: [...verdicts, 'unusable'],
    description: '`scheduled`: it would be delivered. One that is off and not subscribed is `not-subscribed`. `unusable`: no endpoint would get it, for the fault named.',
  })
  verdict: Explanation['verdict'];
  @ApiProperty({ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }], description: '`inactive`, `disabled-by-system`: since when the endpoint is off.' })
  since: string | null;
  @ApiProperty({ anyOf: [{ type: 'string', enum: [...systemReasons] }, { type: 'null' }], description: 'Why the system has switched it off, if it has.' })
  disabledReason: Explanation['disabledReason'];
  @ApiProperty({ ...stringOrNull, example: null, description: 'Why it is unusable, as a stable code: `too-large`.' }) fault: Explanation['fault'];
  @ApiProperty({
    anyOf: [{ $ref: '#/components/schemas/ExampleRequestResource' }, { type: 'null' }],
    description: 'What would be sent, also if it is not to be delivered; `null` only if it is unusable.',
  })
  request: ExampleRequestResource | null;
}
