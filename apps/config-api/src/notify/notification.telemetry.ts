import { notificationTypes, type Notification } from '@cepro/contracts';
import type { Logger } from '@cepro/service';
import { Counter } from 'prom-client';

const told = new Counter({
  name: 'webhooks_notifications_total',
  help: 'What this process has told CE Pro of endpoints, by type',
  labelNames: ['type'],
});
// What has not happened yet is 0: a rate needs something to begin with.
for (const type of notificationTypes) told.inc({ type }, 0);

/** Reports that CE Pro was told something: the metric, and one line. */
export function notificationTold(logger: Logger, notification: Notification, sequence: number): void {
  told.inc({ type: notification.type });
  logger.info({ ...notification, sequence }, 'CE Pro was told');
}
