import { hash } from 'node:crypto';
import { isAccountId, isId } from './ids.ts';
import { fail, ok, type Result } from './result.ts';
import { isEventType, type EventType } from './catalogue.ts';

/** The streams, by the names that operators see. `CEPRO_EVENTS` is a promise to the publishing services. */
export const streams = {
  events: 'CEPRO_EVENTS',
  config: 'WEBHOOK_CONFIG',
  routings: 'WEBHOOK_ROUTINGS',
  deliveries: 'DELIVERIES',
  deadLetters: 'WEBHOOK_DEAD_LETTERS',
  notifications: 'CEPRO_NOTIFICATIONS',
} as const;

/** The key-value bucket in which the workers keep how far a delivery has come between attempts. */
export const retriesBucket = 'webhook_retries';

/** The key-value bucket by which the workers share an endpoint's rate limit; its keys are the endpoints' ids. */
export const ratesBucket = 'webhook_rates';

/**
 * Lanes keep endpoints that behave differently apart. Every delivery begins in the normal lane, `n`; one whose endpoint is
 * too slow or failing is handed over to the slow lane, `s`, where it holds up nobody else.
 */
export type Lane = 'n' | 's';
export const normalLane: Lane = 'n';
export const slowLane: Lane = 's';
export const lanes: readonly Lane[] = [normalLane, slowLane];

/** What happened to a delivery: the last token of its subject. `diverted`: it was handed over to the slow lane. */
export const deliveryFacts = ['scheduled', 'attempted', 'cancelled', 'retry', 'tested', 'diverted'] as const;
export type DeliveryFact = (typeof deliveryFacts)[number];

/** `cepro.events.<accountId>.<eventType>`; the type's own dot makes a further token. */
export function eventSubject(accountId: string, eventType: EventType): string {
  return `cepro.events.${accountId}.${eventType}`;
}

/** All events of an account. */
export function eventSubjects(accountId: string): string {
  return `cepro.events.${accountId}.>`;
}

/** Why a domain event's subject names nobody's event. The codes are stable: operators alert on them. */
export type EventSubjectFault = 'bad-subject' | 'bad-account' | 'unknown-type';

/** What a domain event's subject says, or why it says nothing. */
export function parseEventSubject(subject: string): Result<{ accountId: string; eventType: EventType }, EventSubjectFault> {
  const match = /^cepro\.events\.([^.]+)\.(.+)$/.exec(subject);
  if (!match) return fail('bad-subject');
  const [, accountId, eventType] = match;
  if (!isAccountId(accountId)) return fail('bad-account');
  if (!isEventType(eventType)) return fail('unknown-type');
  return ok({ accountId, eventType });
}

/** What CE Pro is told of an endpoint: the end of the subject. */
export const notificationTypes = ['webhook.failing', 'webhook.recovered', 'webhook.disabled'] as const;
export type NotificationType = (typeof notificationTypes)[number];

/** `cepro.notifications.<accountId>.<type>`; the type's own dot makes a further token. A promise to whoever tells the customer. */
export function notificationSubject(accountId: string, type: NotificationType): string {
  return `cepro.notifications.${accountId}.${type}`;
}

/** All notifications of this system about an account's endpoints; of every account's, if none is named. */
export function notificationSubjects(accountId = '*'): string {
  return `cepro.notifications.${accountId}.webhook.*`;
}

/** `webhooks.config.<accountId>.<endpointId>`: one endpoint's whole history. */
export function configSubject(accountId: string, endpointId: string): string {
  return `webhooks.config.${accountId}.${endpointId}`;
}

/** All endpoints of an account. */
export function accountConfigSubjects(accountId: string): string {
  return configSubject(accountId, '*');
}

/** The account and endpoint of a configuration subject, or why there are none. */
export function parseConfigSubject(subject: string): Result<{ accountId: string; endpointId: string }> {
  const [root, kind, accountId, endpointId, ...rest] = subject.split('.');
  if (root !== 'webhooks' || kind !== 'config' || rest.length > 0 || !isAccountId(accountId) || !isId('wh', endpointId)) {
    return fail('subject is not webhooks.config.<accountId>.<endpointId>');
  }
  return ok({ accountId, endpointId });
}

/**
 * `webhooks.deliveries.<lane>.<shard>.<endpointId>.<fact>`. The delivery's id is not in it: the server keeps state for
 * every distinct subject, which would then grow with every delivery.
 */
export function deliverySubject(lane: Lane, shard: number, endpointId: string, fact: DeliveryFact): string {
  return `webhooks.deliveries.${lane}.${shardToken(shard)}.${endpointId}.${fact}`;
}

/** What the workers of a shard consume: deliveries scheduled by the router and manual retries, or what was diverted to the lane. */
export function shardWorkSubjects(lane: Lane, shard: number): string[] {
  const facts: readonly DeliveryFact[] = lane === normalLane ? ['scheduled', 'retry'] : ['diverted'];
  return facts.map((fact) => deliverySubject(lane, shard, '*', fact));
}

/** One kind of fact, of every delivery. */
export function deliveryFactSubjects(fact: DeliveryFact): string {
  return `webhooks.deliveries.*.*.*.${fact}`;
}

/** Everything that was ever recorded of an endpoint's deliveries, whatever lane and shard it took. */
export function endpointDeliverySubjects(endpointId: string): string {
  return `webhooks.deliveries.*.*.${endpointId}.>`;
}

/** One kind of fact of an endpoint's deliveries, whatever lane and shard it took: shards may have been added since. */
export function endpointFactSubjects(endpointId: string, fact: DeliveryFact): string {
  return `webhooks.deliveries.*.*.${endpointId}.${fact}`;
}

/** The parts of a delivery's subject, or why there are none. */
export function parseDeliverySubject(
  subject: string,
): Result<{ lane: string; shard: number; endpointId: string; fact: DeliveryFact }> {
  const [root, kind, lane, shard, endpointId, fact, ...rest] = subject.split('.');
  if (
    root !== 'webhooks' || kind !== 'deliveries' || rest.length > 0 || !lane || !/^\d{2,}$/.test(shard ?? '') ||
    !isId('wh', endpointId) || !deliveryFacts.includes(fact as DeliveryFact)
  ) {
    return fail('subject is not webhooks.deliveries.<lane>.<shard>.<endpointId>.<fact>');
  }
  return ok({ lane, shard: Number(shard), endpointId, fact: fact as DeliveryFact });
}

/** The shard that an endpoint's deliveries go to: even over `shards`, and the same in every process. */
export function shardOf(endpointId: string, shards: number): number {
  return Number.parseInt(hash('sha256', endpointId).slice(0, 8), 16) % shards;
}

/** The durable consumer that the workers share for a shard, e.g. `delivery-worker-n-03`. */
export function workerDurable(lane: Lane, shard: number): string {
  return `delivery-worker-${lane}-${shardToken(shard)}`;
}

/** The durable consumer that the routers share. */
export const routerDurable = 'event-router';

/** The durable consumer by which CE Pro is told of its endpoints: made for whoever tells the customer, who may not make one. */
export const notificationsDurable = 'customer-notices';

/** Where the router notes of every event what became of it. One subject for all: nobody reads them by account, but in their order. */
export const routingSubject = 'webhooks.routings';

/** Where an event goes that the router can't use, and a delivery that a worker can't read. */
export const deadLetterSubjects = { event: 'webhooks.dead-letters.event', delivery: 'webhooks.dead-letters.delivery' } as const;

/** The key under which the retry state of a delivery is kept; the endpoint comes first so that all of its keys can be purged. */
export function retryKey(endpointId: string, deliveryId: string): string {
  return `${endpointId}.${deliveryId}`;
}

/** The retry keys of an endpoint, as the subjects that the bucket's stream stores them under. */
export function endpointRetrySubjects(endpointId: string): string {
  return `$KV.${retriesBucket}.${endpointId}.>`;
}

/** Core NATS subject on which a worker answers a Send Test. */
export const sendTestSubject = 'webhooks.send-test';

function shardToken(shard: number): string {
  return String(shard).padStart(2, '0');
}
