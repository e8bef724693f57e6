import type { Notification, NotificationType } from '@cepro/contracts';

/** What CE Pro was last told of an endpoint. */
export interface Told {
  readonly type: NotificationType;
  /** When that had happened, not when it was told. */
  readonly at: Date;
  /** Since when it had been failing, or had been before it recovered. */
  readonly since: Date;
  /** When the endpoint had been switched off by the system, the last time that CE Pro was told of. */
  readonly disabledAt: Date | null;
}

/** What is told after one more notification, in the order of the stream. */
export function evolveTold(before: Told | undefined, { type, at, since }: Pick<Notification, 'type' | 'at' | 'since'>): Told {
  const time = new Date(at);
  return { type, at: time, since: new Date(since), disabledAt: type === 'webhook.disabled' ? time : (before?.disabledAt ?? null) };
}
