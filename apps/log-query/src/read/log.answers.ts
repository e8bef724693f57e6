import { attemptErrors, cancelReasons, eventTypes, outcomes } from '@cepro/contracts';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { deliveryStatuses } from '../project/delivery.ts';

const orNull = (type: 'string' | 'integer', more: ApiPropertyOptions = {}) => ApiProperty({ ...more, type, nullable: true } as ApiPropertyOptions);
const time = { format: 'date-time', example: '2026-03-08T14:30:00.000Z' };
const errorCode = { enum: [...attemptErrors], description: 'Why there was no complete answer, as a stable code.' };

/** What the log says of an attempt in either place. */
class AttemptAnswer {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Counts from 1; the same number as in the header X-Webhook-Attempt.' }) attempt: number;
  @ApiProperty({ type: String, ...time, description: 'When the attempt began.' }) timestamp: string;
  @orNull('integer', { example: 503, description: 'The status of the receiver\'s answer.' }) statusCode: number | null;
  @ApiProperty({ type: 'integer', example: 182 }) responseTimeMs: number;
  @ApiProperty({ enum: outcomes, description: 'Retrying: it failed, and another attempt has a due time.' }) outcome: string;
  @orNull('string', errorCode) error: string | null;
  @orNull('string', { ...time, description: 'When the next attempt is due, if the outcome is Retrying.' }) nextAttemptAt: string | null;
}

/** An entry of the log. */
export class LogEntry extends AttemptAnswer {
  @ApiProperty({ example: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f', description: 'The delivery: the same for all of its attempts, and in the header X-Webhook-ID.' }) deliveryId: string;
  @orNull('string', { example: 'evt_0195c1f0-7a00-7aaa-8f00-3e2a7c1b5d10', description: 'The event; null for a Send Test.' }) eventId: string | null;
  @ApiProperty({ enum: eventTypes, enumName: 'EventType' }) event: string;
  @ApiProperty({ description: 'True for a Send Test.' }) test: boolean;
}

/** A page of the log, newest first. */
export class LogPage {
  @ApiProperty({ type: [LogEntry] }) data: LogEntry[];
  @orNull('string', { description: 'Where the next page begins; null on the last one.' }) nextCursor: string | null;
}

/** How the attempts of one hour went. */
export class HourAnswer {
  @ApiProperty({ type: String, format: 'date-time', example: '2026-03-08T14:00:00.000Z', description: 'When the hour begins.' }) hour: string;
  @ApiProperty({ type: 'integer' }) success: number;
  @ApiProperty({ type: 'integer', description: 'Failed, with another attempt to come.' }) retrying: number;
  @ApiProperty({ type: 'integer', description: 'Failed for good.' }) failed: number;
}

/** How an endpoint's attempts went, hour by hour. */
export class AttemptStats {
  @ApiProperty({ type: [HourAnswer], description: '24 hours of UTC, the oldest first, the current one last.' }) hours: HourAnswer[];
}

/** The request that a delivery makes; each attempt has headers of its own. */
export class DeliveryRequestAnswer {
  @ApiProperty({ description: 'The exact body.' }) body: string;
}

/** An attempt in full. */
export class DeliveryAttempt extends AttemptAnswer {
  @ApiProperty({ description: 'Where it went.' }) url: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'As sent, the signatures too.' }) requestHeaders: Record<string, string>;
  @ApiProperty({ description: 'The receiver\'s answer, at most 16 KiB of it.' }) responseBody: string;
  @ApiProperty({ enum: ['utf8', 'base64'], description: 'base64: the answer was not UTF-8.' }) responseBodyEncoding: string;
  @ApiProperty({ description: 'True if the answer was longer than what is kept.' }) responseTruncated: boolean;
}

/** A delivery with everything that is known of it. */
export class DeliveryAnswer {
  @ApiProperty({ example: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f' }) id: string;
  @ApiProperty({ example: 'wh_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f' }) endpointId: string;
  @orNull('string', { description: 'The event; null for a Send Test.' }) eventId: string | null;
  @ApiProperty({ enum: eventTypes, enumName: 'EventType' }) event: string;
  @ApiProperty({ enum: deliveryStatuses }) status: string;
  @ApiProperty({ description: 'True for a Send Test.' }) test: boolean;
  @ApiProperty({ type: String, ...time, description: 'When its event was stored.' }) createdAt: string;
  @orNull('string', { enum: [...cancelReasons], description: 'Why it was cancelled, if it was.' }) cancelReason: string | null;
  @orNull('string', { ...time, description: 'When the next attempt is due, if one is waited for.' }) nextAttemptAt: string | null;
  @ApiProperty({ type: DeliveryRequestAnswer }) request: DeliveryRequestAnswer;
  @ApiProperty({ type: [DeliveryAttempt], description: 'In order.' }) attempts: DeliveryAttempt[];
}

/** A retry that will be made. */
export class RetryAnswer {
  @ApiProperty({ example: 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f' }) deliveryId: string;
  @ApiProperty({ type: 'integer', example: 5, description: 'The number that the attempt will have.' }) attempt: number;
}
