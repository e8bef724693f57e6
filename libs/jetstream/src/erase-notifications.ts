import { decodeNotification, notificationSubjects, streams } from '@cepro/contracts';
import type { JetStreamClient } from '@nats-io/jetstream';
import { readHeld } from './store.ts';

/**
 * Removes what was told of one endpoint, and overwrites it on disk. The endpoint is not in the subject, which is a promise to
 * whoever is told, so its account's notifications are read through. Returns how many were removed.
 */
export async function eraseNotifications(js: JetStreamClient, { accountId, endpointId }: { accountId: string; endpointId: string }): Promise<number> {
  const subject = notificationSubjects(accountId);
  const found: number[] = [];
  for await (const message of readHeld(js, streams.notifications, subject)) {
    const notification = decodeNotification(message);
    if (notification.ok && notification.value.endpointId === endpointId) found.push(message.seq);
  }
  const jsm = await js.jetstreamManager(false);
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
