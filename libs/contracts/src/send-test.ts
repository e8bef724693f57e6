import { z } from 'zod';
import { isEventType, type EventType } from './catalogue.ts';
import { check } from './codec.ts';
import type { Result } from './result.ts';
import { isAccountId, isId } from './ids.ts';

const sendTestRequest = z.object({
  accountId: z.string().refine(isAccountId),
  endpointId: z.string().refine((value) => isId('wh', value)),
  /** The worker reads the configuration stream up to here first, so that a test right after a save tests what was saved. */
  version: z.int().nonnegative(),
  /** The type of the test event; the one of CE Pro's article if there is none. */
  eventType: z.custom<EventType>(isEventType).optional(),
});

/** What config-api asks a worker: send the test payload to this endpoint. */
export type SendTestRequest = z.infer<typeof sendTestRequest>;

const sendTestResult = z.object({
  success: z.boolean(),
  statusCode: z.int().nullable(),
  responseBody: z.string().nullable(),
  responseTimeMs: z.int().nonnegative(),
  /** `null` on success, else one of {@link testErrors}. */
  error: z.string().nullable(),
});

/** What the worker answers, and the API after it. */
export type SendTestResult = z.infer<typeof sendTestResult>;

/** Reads a Send Test request, already parsed from JSON. Never throws. */
export function parseSendTestRequest(value: unknown): Result<SendTestRequest> {
  return check(value, sendTestRequest);
}

/** Reads a Send Test's result, already parsed from JSON. Never throws. */
export function parseSendTestResult(value: unknown): Result<SendTestResult> {
  return check(value, sendTestResult);
}
