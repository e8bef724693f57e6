import type { SendTestResult } from '@cepro/contracts';
import { ApiProperty } from '@nestjs/swagger';

const stringOrNull = { anyOf: [{ type: 'string' }, { type: 'null' }] };

/** What came of a Send Test. */
export class SendTestResource implements SendTestResult {
  @ApiProperty({ description: 'The receiver answered with a status from 200 to 299 in time.' }) success: boolean;
  @ApiProperty({ anyOf: [{ type: 'integer' }, { type: 'null' }], example: 204 }) statusCode: number | null;
  @ApiProperty(stringOrNull) responseBody: string | null;
  @ApiProperty({ type: 'integer', example: 132 }) responseTimeMs: number;
  @ApiProperty({ ...stringOrNull, example: null, description: '`null` on success.' }) error: string | null;
}
