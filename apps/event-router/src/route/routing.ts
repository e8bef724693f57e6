import { deliveryIdOf, type DeliveryRequest, type RoutableEvent } from '@cepro/contracts';

/** The deliveries that an event makes: one for each endpoint that matches. */
export function deliveriesOf({ eventId, accountId, eventType, body }: RoutableEvent, endpointIds: readonly string[], configVersion: number): DeliveryRequest[] {
  return endpointIds.map((endpointId) => ({
    deliveryId: deliveryIdOf(eventId, endpointId), endpointId, accountId, eventId, eventType, configVersion, body,
  }));
}
