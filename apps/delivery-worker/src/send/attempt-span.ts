import { streams, type Attempt, type Endpoint } from '@cepro/contracts';
import type { SpanAttributes, SpanEnd, SpanStart } from '@cepro/service';

interface AttemptedRequest {
  readonly deliveryId: string;
  readonly eventType: string;
  readonly attempt: number;
}

/**
 * What is told of an attempt, by OpenTelemetry's conventions for messaging and for HTTP clients. Of where it goes, `undefined` if
 * it goes nowhere, that is host and port alone: the rest of a receiver's URL may hold a key.
 */
export function attemptSpan({ deliveryId, eventType, attempt }: AttemptedRequest, { id, accountId }: Pick<Endpoint, 'id' | 'accountId'>, target: URL | undefined): SpanStart {
  return {
    name: `attempt ${streams.deliveries}`,
    kind: 'client',
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'attempt',
      'messaging.destination.name': streams.deliveries,
      'messaging.message.id': deliveryId,
      'http.request.method': 'POST',
      ...(target && serverOf(target)),
      'cepro.delivery.id': deliveryId,
      'cepro.endpoint.id': id,
      'cepro.account.id': accountId,
      'cepro.event.type': eventType,
      'cepro.attempt': attempt,
    },
  };
}

function serverOf({ hostname, port, protocol }: URL): SpanAttributes {
  // A URL leaves out the port that its scheme has anyway, and an IPv6 address stands there in brackets.
  return { 'server.address': hostname.replace(/^\[(.*)\]$/, '$1'), 'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** How it ended: with a code, never with what the receiver wrote. */
export function attemptSpanEnd({ outcome, statusCode, error }: Pick<Attempt, 'outcome' | 'statusCode' | 'error'>): SpanEnd {
  const fault = outcome === 'Success' ? undefined : (error ?? String(statusCode));
  return {
    attributes: {
      'cepro.outcome': outcome,
      ...(statusCode !== null && { 'http.response.status_code': statusCode }),
      ...(fault !== undefined && { 'error.type': fault }),
    },
    failed: fault,
  };
}
