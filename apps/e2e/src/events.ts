import { randomUUID } from 'node:crypto';
import { endpointFactSubjects, eventSubject, routerDurable, streams, type DeliveryFact, type EventType } from '@cepro/contracts';
import { toHeaders } from '@cepro/jetstream';
import type { System } from '@cepro/system';
import { eventually } from '@cepro/testkit';

export interface EventToPublish {
  readonly accountId: string;
  /** Default: `invoice.paid`. */
  readonly type?: EventType;
  /** As text it goes out just as it is written. */
  readonly data?: object | string;
  /** Default: now. */
  readonly timestamp?: string;
  /** `Nats-Msg-Id`. Default: one that nobody else has. */
  readonly id?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Publishes an event with a plain NATS client, as CE Pro's services do. */
export async function publishEvent(system: System, event: EventToPublish): Promise<{ sequence: number; duplicate: boolean }> {
  const { accountId, type = 'invoice.paid', data = { id: 'inv_1' }, timestamp = new Date().toISOString(), id = `e2e:${randomUUID()}`, headers = {} } = event;
  const body = `{"timestamp":${JSON.stringify(timestamp)},"data":${typeof data === 'string' ? data : JSON.stringify(data)}}`;
  const { seq, duplicate } = await system.js.publish(eventSubject(accountId, type), body, { msgID: id, headers: toHeaders(headers)! });
  return { sequence: seq, duplicate };
}

/** Publishes whatever it is given, on whatever subject, as a service would that has a fault. */
export async function publishBody(system: System, subject: string, body: string): Promise<void> {
  await system.js.publish(subject, body, { msgID: `e2e:${randomUUID()}` });
}

/** Waits until every event published so far has been routed: from then on no delivery of them is added. */
export async function routed(system: System): Promise<void> {
  const jsm = await system.jsm;
  await eventually(async () => {
    const { num_pending: unseen, num_ack_pending: inHand } = await jsm.consumers.info(streams.events, routerDurable);
    if (unseen + inHand > 0) throw new Error(`${unseen + inHand} events are not routed yet`);
  });
}

/** How many deliveries were ever scheduled to an endpoint. */
export async function scheduledTo(system: System, endpointId: string): Promise<number> {
  return await factsOf(system, endpointId, 'scheduled');
}

/** How many facts of a kind the stream has of an endpoint's deliveries. */
export async function factsOf(system: System, endpointId: string, fact: DeliveryFact): Promise<number> {
  const { state } = await (await system.jsm).streams.info(streams.deliveries, { subjects_filter: endpointFactSubjects(endpointId, fact) });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}
