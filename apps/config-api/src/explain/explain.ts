import { decodeDomainEvent, judge, publishedBody, type Endpoint, type EventFault, type EventType, type Judgement } from '@cepro/contracts';
import { exampleHeaders } from '@cepro/signing';

/** An event that somebody asks about. */
export interface ExampleEvent {
  readonly type: EventType;
  /** JSON with its `data`, and its `timestamp` if it has one. */
  readonly json: string;
}

/** A request that would be made. */
export interface ExampleRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What would become of an event at an endpoint, as it stands. */
export interface Explanation extends Omit<Judgement, 'verdict'> {
  readonly verdict: Judgement['verdict'] | 'unusable';
  /** Why nobody would get it, if it is unusable. */
  readonly fault: EventFault | null;
  /** What would be sent to the endpoint if it got the event; `null` if nobody would. */
  readonly request: ExampleRequest | null;
}

/** Would the endpoint get the event, and what would it get: by the rules of router and worker. */
export function explainEvent({ type, json }: ExampleEvent, endpoint: Endpoint, now: Date): Explanation {
  const event = decodeDomainEvent(type, Buffer.from(publishedBody(json, now)));
  if (!event.ok) return { verdict: 'unusable', since: null, disabledReason: null, fault: event.reason, request: null };
  return {
    ...judge(endpoint, type),
    fault: null,
    request: { method: 'POST', url: endpoint.url, headers: exampleHeaders(type), body: event.value.requestBody },
  };
}
