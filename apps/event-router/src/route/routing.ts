import { deliveryIdOf, type DeliveryRequest, type RoutableEvent, type TraceContext } from '@cepro/contracts';

/** The deliveries that an event makes: one for each endpoint that matches. All go on in one trace, if the event is in one. */
export function deliveriesOf(
  { eventId, accountId, eventType, body }: RoutableEvent, endpointIds: readonly string[], configVersion: number, trace?: TraceContext,
): DeliveryRequest[] {
  return endpointIds.map((endpointId) => ({
    deliveryId: deliveryIdOf(eventId, endpointId), endpointId, accountId, eventId, eventType, configVersion, trace, body,
  }));
}
