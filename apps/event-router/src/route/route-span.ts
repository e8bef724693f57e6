import { routerDurable, streams, type readEvent } from '@cepro/contracts';
import type { WorkMessage } from '@cepro/jetstream';
import type { SpanStart } from '@cepro/service';

/** Longer ones are cut: a publisher may write there what it likes. */
const longestMsgId = 200;

/** What is told of routing an event: attributes of OpenTelemetry's messaging conventions, and whose event it is. */
export function routeSpan({ headers, seq }: Pick<WorkMessage, 'headers' | 'seq'>, event: ReturnType<typeof readEvent>): SpanStart {
  const msgId = headers?.get('Nats-Msg-Id').slice(0, longestMsgId);
  return {
    name: `route ${streams.events}`,
    kind: 'consumer',
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'route',
      'messaging.destination.name': streams.events,
      'messaging.consumer.group.name': routerDurable,
      ...(msgId && { 'messaging.message.id': msgId }),
      'cepro.event.sequence': seq,
      ...(event.ok && { 'cepro.event.id': event.value.eventId, 'cepro.event.type': event.value.eventType, 'cepro.account.id': event.value.accountId }),
    },
  };
}
