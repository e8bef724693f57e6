import {
  catalogue, configSubject, deliveryIdOf, deliveryMsgId, deliveryRequestHeaders, deliverySubject, encodeEndpointEvents, eventIdOf, eventSubject, newEndpointId,
  normalLane, shardOf, type EventType,
} from '@cepro/contracts';
import type { MessageToStore } from '@cepro/jetstream';
import { seal, type KeyRing } from '@cepro/secrets';
import { generateSecret } from '@cepro/signing';
import { monotonicMs } from '../clock.ts';

/** An endpoint as the load makes use of it. */
export interface LoadEndpoint {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
}

const type: EventType = 'invoice.paid';

/** Makes a body as long as that of a usual event: 600 bytes as they are sent to a receiver. */
const note = 'Paid by card; receipt sent. '.repeat(13);

/** A number that makes this run's message ids its own, also on a server that has seen another run. */
const run = Date.now();
let published = 0;

/** An event of an account, marked with the time at which it is published. */
export function eventMessage(accountId: string, sentAt = monotonicMs()): MessageToStore {
  return {
    subject: eventSubject(accountId, type),
    msgId: `bench:${run}:${++published}`,
    data: `{"timestamp":"${new Date().toISOString()}","data":${dataText(sentAt)}}`,
  };
}

/** The body of a request to a receiver. */
export function requestBody(sentAt = monotonicMs()): string {
  return `{"event":"${type}","timestamp":"${new Date().toISOString()}","data":${dataText(sentAt)}}`;
}

const example = JSON.stringify({ ...catalogue[type].example, note });

function dataText(sentAt: number): string {
  return `{"sentAt":${sentAt.toFixed(3)},${example.slice(1)}`;
}

/** A delivery to an endpoint as the router schedules it, of an event of its own that was stored at `storedAt`. */
export function scheduledMessage(
  { id: endpointId, accountId }: LoadEndpoint, { shards, configVersion, storedAt = Date.now() }: { shards: number; configVersion: number; storedAt?: number },
): MessageToStore & { readonly deliveryId: string } {
  const eventId = eventIdOf(++published, storedAt);
  const deliveryId = deliveryIdOf(eventId, endpointId);
  return {
    deliveryId,
    subject: deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'scheduled'),
    msgId: deliveryMsgId.scheduled(deliveryId),
    headers: deliveryRequestHeaders({ deliveryId, accountId, eventId, eventType: type, configVersion }),
    data: requestBody(),
  };
}

/** A new endpoint, not yet stored. */
export function newEndpoint(accountId: string, url: string): LoadEndpoint {
  return { id: newEndpointId(), accountId, url };
}

/** The creation of an endpoint as config-api records it. */
export function createdMessage({ id, accountId, url }: LoadEndpoint, ring: KeyRing, events: readonly EventType[] = [type]): MessageToStore {
  const sealedSecret = seal(ring, generateSecret(), { accountId, endpointId: id });
  const at = new Date().toISOString();
  return {
    subject: configSubject(accountId, id),
    msgId: `bench:${run}:${id}`,
    data: encodeEndpointEvents([{ type: 'created', at, url, events: [...events], active: true, description: null, sealedSecret }]),
  };
}
