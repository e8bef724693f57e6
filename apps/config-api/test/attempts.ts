import {
  decodeNotification, deliveryMsgId, deliverySubject, newTestDeliveryId, normalLane, notificationSubjects, shardOf, streams, type Attempt, type Notification,
} from '@cepro/contracts';
import { lastSequence } from '@cepro/jetstream';
import { jetstream } from '@nats-io/jetstream';
import { url, type World } from './harness.ts';

/** An attempt to record. What is left out: the first one of a delivery of its own, made now, answered 200 or 500 by its outcome. */
export interface AttemptFields {
  readonly accountId: string;
  readonly endpointId: string;
  readonly outcome: Attempt['outcome'];
  readonly statusCode?: number;
  readonly error?: Attempt['error'];
  readonly startedAt?: string;
  readonly deliveryId?: string;
  readonly attempt?: number;
  readonly fact?: 'attempted' | 'tested';
}

/** Records an attempt as a worker does. */
export async function attempted({ connection }: World, fields: AttemptFields): Promise<void> {
  const { endpointId, fact = 'attempted', outcome, deliveryId = newTestDeliveryId(), attempt = 1, ...given } = fields;
  const recorded: Attempt = {
    deliveryId, eventType: 'invoice.paid', attempt, startedAt: new Date().toISOString(), responseTimeMs: 12, outcome, statusCode: outcome === 'Success' ? 200 : 500,
    error: null, url, requestHeaders: {}, responseBody: '', responseTruncated: false, nextAttemptAt: null, ...given,
  };
  await jetstream(connection).publish(
    deliverySubject(normalLane, shardOf(endpointId, 2), endpointId, fact), JSON.stringify(recorded), { msgID: deliveryMsgId.attempted(deliveryId, attempt) },
  );
}

/** What CE Pro was told of an endpoint, in order. */
export async function toldOf({ connection, jsm }: World, endpointId: string): Promise<Notification[]> {
  const last = await lastSequence(jetstream(connection), streams.notifications, notificationSubjects());
  const told: Notification[] = [];
  for (let seq = 0; seq < last; ) {
    for await (const message of await jsm.direct.getBatch(streams.notifications, { seq: seq + 1, next_by_subj: notificationSubjects(), batch: 256 })) {
      seq = message.seq;
      const notification = decodeNotification(message);
      if (!notification.ok) throw new Error(notification.reason);
      if (notification.value.endpointId === endpointId) told.push(notification.value);
    }
  }
  return told;
}

/** The same, without what differs from run to run. */
export async function typesToldOf(world: World, endpointId: string): Promise<string[]> {
  return (await toldOf(world, endpointId)).map(({ type }) => type);
}
