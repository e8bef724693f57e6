import { decodeNotification, notificationSubjects, streams } from '@cepro/contracts';
import type { JetStreamClient } from '@nats-io/jetstream';
import { lastSequence } from './store.ts';

const batch = 256;

/**
 * Removes what was told of one endpoint, and overwrites it on disk. The endpoint is not in the subject, which is a promise to
 * whoever is told, so its account's notifications are read through. Returns how many were removed.
 */
export async function eraseNotifications(js: JetStreamClient, { accountId, endpointId }: { accountId: string; endpointId: string }): Promise<number> {
  const subject = notificationSubjects(accountId);
  const last = await lastSequence(js, streams.notifications, subject);
  const jsm = await js.jetstreamManager(false);
  const found: number[] = [];
  for (let read = 0; read < last; ) {
    const before = read;
    for await (const message of await jsm.direct.getBatch(streams.notifications, { seq: read + 1, next_by_subj: subject, batch })) {
      const notification = decodeNotification(message);
      if (notification.ok && notification.value.endpointId === endpointId) found.push(message.seq);
      read = message.seq;
    }
    if (read === before) throw new Error(`the messages of ${subject} could not be read up to ${last}`);
  }
  for (const seq of found) {
    try {
      await jsm.streams.deleteMessage(streams.notifications, seq, true);
    } catch (error) {
      // Another process may have been quicker, or the message's time had come.
      if (await jsm.streams.getMessage(streams.notifications, { seq })) throw error;
    }
  }
  return found.length;
}
