import { z } from 'zod';
import { decodeJson } from './codec.ts';
import { disabledReasons, type DisabledReason } from './endpoint.ts';
import { isAccountId, isId } from './ids.ts';
import { fail, type Result } from './result.ts';
import { notificationSubject, type NotificationType } from './subjects.ts';

/** Why the system, and not its admin, has switched an endpoint off. */
export type SystemDisabledReason = Exclude<DisabledReason, 'user'>;
export const systemDisabledReasons = disabledReasons.filter((reason) => reason !== 'user');

const common = {
  id: z.string().min(1).meta({ description: 'Names this piece of news, and is the message\'s `Nats-Msg-Id`. Whoever sees it again has been told already.' }),
  accountId: z.string().refine(isAccountId).meta({ description: 'The account, as in the subject.' }),
  endpointId: z.string().refine((value) => isId('wh', value)).meta({ description: 'The endpoint, by which the API knows it.' }),
  host: z.string().meta({ description: 'Host and port of the endpoint\'s URL. No more of it: path and query may hold a key of the receiver\'s.' }),
  since: z.iso.datetime().meta({ description: 'When the first of the failures began that this is about.' }),
  at: z.iso.datetime().meta({
    description: 'When it happened: began the last attempt of the delivery that failed, the attempt that succeeded, or was it switched off.',
  }),
};

const failedDeliveries = z.int().nonnegative().meta({ description: 'How many deliveries have failed for good, with all their attempts, without a success since.' });

const notification = z.discriminatedUnion('type', [
  z.object({ type: z.literal('webhook.failing'), ...common, failedDeliveries }),
  z.object({ type: z.literal('webhook.recovered'), ...common }),
  z.object({
    type: z.literal('webhook.disabled'), ...common, failedDeliveries,
    reason: z.enum(systemDisabledReasons).meta({ description: '`failing`: no success for too long; `gone`: the receiver kept answering 410.' }),
  }),
]);

/**
 * What CE Pro is told of an endpoint, so that it can tell its customer: it has begun to fail, it works again, the system
 * has switched it off. Times are ISO 8601 in UTC.
 */
export type Notification = z.infer<typeof notification>;

/** The JSON Schema (draft 2020-12) of a notification's body. */
export function notificationSchema(): Record<string, unknown> {
  return z.toJSONSchema(notification) as Record<string, unknown>;
}

/**
 * The id of a notification, which is also its `Nats-Msg-Id`. `fact` tells of which of several pieces of news of one type:
 * the time, in milliseconds since the epoch, of what it answers to. So every process that has the same facts names it alike.
 */
export function notificationId(endpointId: string, type: NotificationType, fact: number): string {
  return `${endpointId}:${type}:${fact}`;
}

/** Reads a notification, and sees to it that it stands where it belongs. Never throws. */
export function decodeNotification({ subject, data }: { readonly subject: string; readonly data: Uint8Array }): Result<Notification> {
  const decoded = decodeJson(data, notification);
  if (!decoded.ok) return decoded;
  const { accountId, type } = decoded.value;
  return subject === notificationSubject(accountId, type) ? decoded : fail('the subject is not that of the body\'s account and type');
}
