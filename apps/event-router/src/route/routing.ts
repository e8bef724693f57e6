import {
  decodeDomainEvent, deliveryIdOf, eventIdOf, parseEventSubject, type DeliveryRequest, type EventFault, type EventSubjectFault, type EventType, type Result,
} from '@cepro/contracts';

/** An event as the stream holds it. */
export interface StoredEvent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly sequence: number;
  /** When the stream stored it, in milliseconds. */
  readonly storedAt: number;
}

/** Why an event can't be routed: its body, or its subject. */
export type RoutingFault = EventFault | EventSubjectFault;

/** An event that can be routed. */
export interface RoutableEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly eventType: EventType;
  /** What every receiver gets, byte for byte. */
  readonly body: Uint8Array;
}

/** Reads an event, or says why it can't be routed. */
export function readEvent({ subject, data, sequence, storedAt }: StoredEvent): Result<RoutableEvent, RoutingFault> {
  const address = parseEventSubject(subject);
  if (!address.ok) return address;
  const { accountId, eventType } = address.value;
  const event = decodeDomainEvent(eventType, data);
  if (!event.ok) return event;
  return { ok: true, value: { eventId: eventIdOf(sequence, storedAt), accountId, eventType, body: Buffer.from(event.value.requestBody) } };
}

/** The deliveries that an event makes: one for each endpoint that matches. */
export function deliveriesOf({ eventId, accountId, eventType, body }: RoutableEvent, endpointIds: readonly string[], configVersion: number): DeliveryRequest[] {
  return endpointIds.map((endpointId) => ({
    deliveryId: deliveryIdOf(eventId, endpointId), endpointId, accountId, eventId, eventType, configVersion, body,
  }));
}
