import { parseDeliverySubject, streams, traceContextIn, type TraceContext } from '@cepro/contracts';
import { wire } from '@cepro/jetstream';
import type { SpanStart } from '@cepro/service';
import type { JsMsg } from '@nats-io/jetstream';

/** What is projected later than this after it happened is so because tables are made anew: that is no part of its trace. */
const latestMs = 60 * 60 * 1_000;

/**
 * What is told of an attempt that the log has stored, and what it follows in its trace; `undefined` for one that is in none, and
 * for anything else in the stream.
 */
export function projectSpan(message: Pick<JsMsg, 'subject' | 'data' | 'headers' | 'time'>, startedAt: number): { span: SpanStart; parent: TraceContext } | undefined {
  const parent = traceContextIn(wire(message));
  if (!parent || startedAt - message.time.getTime() > latestMs) return undefined;
  const subject = parseDeliverySubject(message.subject);
  if (!subject.ok || !(subject.value.fact === 'attempted' || subject.value.fact === 'tested')) return undefined;
  const msgId = message.headers?.get('Nats-Msg-Id');
  const span: SpanStart = {
    name: `project ${streams.deliveries}`,
    kind: 'consumer',
    startedAt,
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'project',
      'messaging.destination.name': streams.deliveries,
      ...(msgId && { 'messaging.message.id': msgId, 'cepro.delivery.id': msgId.split(':', 1)[0]! }),
      'cepro.endpoint.id': subject.value.endpointId,
    },
  };
  return { span, parent };
}
