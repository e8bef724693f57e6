import { decodeNotification, notificationSubjects, streams, type Notification } from '@cepro/contracts';
import type { System } from '@cepro/system';

/** What CE Pro was told of an account, in order. */
export async function toldOf(system: System, accountId: string): Promise<Notification[]> {
  const jsm = await system.jsm;
  const told: Notification[] = [];
  for (let seq = 1; ; ) {
    const answer = await system.connection.request(`$JS.API.STREAM.MSG.GET.${streams.notifications}`, JSON.stringify({ seq, next_by_subj: notificationSubjects(accountId) }));
    const { message } = answer.json<{ message?: { seq: number } }>();
    const stored = message && await jsm.streams.getMessage(streams.notifications, { seq: message.seq });
    if (!stored) return told;
    const notification = decodeNotification(stored);
    if (!notification.ok) throw new Error(notification.reason);
    told.push(notification.value);
    seq = stored.seq + 1;
  }
}
