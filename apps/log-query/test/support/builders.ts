import {
  deliveryIdOf, deliveryMsgId, deliveryRequestHeaders, deliverySubject, eventIdOf, examplePayloadOf, newEndpointId, newTestDeliveryId,
  normalLane, routingOf, routingSubject, shardOf, type Attempt, type Cancellation, type DeliveryFact, type DisabledReason, type DeliveryRequest, type EndpointEvent, type EventType, type Routing, type StoredEvent, type TestedAttempt,
} from '@cepro/contracts';

export const shards = 4;
const url = 'https://hooks.example.com/cepro';

/** An endpoint as the tests speak of it. */
export interface TestEndpoint {
  readonly id: string;
  readonly accountId: string;
}

export interface TestDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpoint: TestEndpoint;
  readonly eventType: EventType;
  readonly body: string;
}

let sequence = 0;

export function anEndpoint({ accountId = 'acct_1' }: { accountId?: string } = {}): TestEndpoint {
  return { id: newEndpointId(), accountId };
}

/** A delivery of an event stored at `at` (milliseconds), now unless said otherwise. */
export function aDelivery(
  endpoint: TestEndpoint, { at = Date.now(), eventType = 'invoice.paid', body = JSON.stringify(examplePayloadOf(eventType)) }: { at?: number; eventType?: EventType; body?: string } = {},
): TestDelivery {
  const eventId = eventIdOf(++sequence, at);
  return { id: deliveryIdOf(eventId, endpoint.id), eventId, endpoint, eventType, body };
}

/** An attempt, as the worker records it: a success unless said otherwise. */
export function anAttempt(delivery: Pick<TestDelivery, 'id' | 'endpoint' | 'eventType'>, fields: Partial<Attempt> = {}): Attempt {
  const attempt = fields.attempt ?? 1;
  return {
    deliveryId: delivery.id,
    accountId: delivery.endpoint.accountId,
    eventType: delivery.eventType,
    attempt,
    startedAt: new Date().toISOString(),
    responseTimeMs: 12,
    outcome: 'Success',
    statusCode: fields.outcome && fields.outcome !== 'Success' ? 503 : 200,
    error: null,
    url,
    requestHeaders: { 'X-Webhook-ID': delivery.id, 'X-Webhook-Attempt': String(attempt), 'X-Webhook-Signature': 'ab'.repeat(32) },
    responseBody: Buffer.from('thanks').toString('base64'),
    responseTruncated: false,
    nextAttemptAt: fields.outcome === 'Retrying' ? new Date(Date.now() + 10_000).toISOString() : null,
    ...fields,
  };
}

/** A message to publish, as its author would. */
export interface TestMessage {
  readonly subject: string;
  readonly data: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly msgId?: string;
}

/** What the router publishes. */
export function scheduled(delivery: TestDelivery, { configVersion = 1 } = {}): TestMessage {
  return {
    subject: subjectOf(delivery.endpoint, 'scheduled'),
    data: delivery.body,
    headers: requestHeaders(delivery, { configVersion }),
    msgId: deliveryMsgId.scheduled(delivery.id),
  };
}

/** What the worker publishes after an attempt. */
export function attempted(delivery: TestDelivery, fields: Partial<Attempt> = {}): TestMessage {
  const attempt = anAttempt(delivery, fields);
  return {
    subject: subjectOf(delivery.endpoint, 'attempted'), data: JSON.stringify(attempt), msgId: deliveryMsgId.attempted(delivery.id, attempt.attempt),
  };
}

/** What the worker publishes when the endpoint is off. */
export function cancelled(delivery: TestDelivery, version = 2): TestMessage {
  const cancellation: Cancellation = { deliveryId: delivery.id, reason: 'endpoint-disabled', at: new Date().toISOString() };
  return { subject: subjectOf(delivery.endpoint, 'cancelled'), data: JSON.stringify(cancellation), msgId: deliveryMsgId.cancelled(delivery.id, version) };
}

/** What the worker publishes when it hands a delivery over to the slow lane. */
export function diverted(delivery: TestDelivery): TestMessage {
  return {
    subject: subjectOf(delivery.endpoint, 'diverted'),
    data: delivery.body,
    headers: requestHeaders(delivery, { configVersion: 1, progress: { attempts: 0 } }),
    msgId: deliveryMsgId.diverted(delivery.id, 1),
  };
}

/** What log-query publishes for a manual retry. */
export function retry(delivery: TestDelivery, attempt: number): TestMessage {
  return {
    subject: subjectOf(delivery.endpoint, 'retry'),
    data: delivery.body,
    headers: requestHeaders(delivery, { configVersion: 1, attempt }),
    msgId: deliveryMsgId.retry(delivery.id, attempt, 0),
  };
}

/** What the worker publishes after a Send Test. */
export function tested(endpoint: TestEndpoint, fields: Partial<TestedAttempt> = {}): TestMessage & { readonly deliveryId: string } {
  const deliveryId = newTestDeliveryId();
  const attempt: TestedAttempt = {
    requestBody: '{"event":"estimate.created","data":{"test":true}}', ...anAttempt({ id: deliveryId, endpoint, eventType: 'estimate.created' }, fields), ...fields,
  };
  return { subject: subjectOf(endpoint, 'tested'), data: JSON.stringify(attempt), deliveryId };
}

/** What the router notes of an event: nobody listened, unless said otherwise. */
export function routed(
  event: Omit<StoredEvent, 'data'>, { configVersion = 1, deliveries = 0, fault = null }: Partial<Pick<Routing, 'configVersion' | 'deliveries' | 'fault'>> = {},
): TestMessage {
  return { subject: routingSubject, data: JSON.stringify(routingOf(event, { configVersion, deliveries, fault })) };
}

export function created({ active = true, events = ['invoice.paid'] }: { active?: boolean; events?: EventType[] } = {}): EndpointEvent {
  return {
    type: 'created', at: new Date().toISOString(), url, events, active, description: null, sealedSecret: 'sealed:secret',
  };
}

export const enabled = (): EndpointEvent => ({ type: 'enabled', at: new Date().toISOString() });
export const disabled = (reason: DisabledReason = 'user'): EndpointEvent => ({ type: 'disabled', at: new Date().toISOString(), reason });
export const deleted = (): EndpointEvent => ({ type: 'deleted', at: new Date().toISOString() });

export function subjectOf(endpoint: TestEndpoint, fact: DeliveryFact): string {
  return deliverySubject(normalLane, shardOf(endpoint.id, shards), endpoint.id, fact);
}

function requestHeaders({ id, eventId, eventType, endpoint }: TestDelivery, more: Pick<DeliveryRequest, 'configVersion' | 'attempt' | 'progress'>): Record<string, string> {
  return deliveryRequestHeaders({ deliveryId: id, eventId, eventType, accountId: endpoint.accountId, ...more });
}
