import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeNotification, notificationId, notificationSchema, systemDisabledReasons, type Notification } from './notification.ts';
import { notificationSubject, notificationTypes, type NotificationType } from './subjects.ts';

const endpointId = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const at = '2026-03-08T14:30:00.000Z';
const common = { id: notificationId(endpointId, 'webhook.failing', 1), accountId: 'acct_42', endpointId, host: 'hooks.example.com', since: at, at };
const examples: Record<NotificationType, Notification> = {
  'webhook.failing': { ...common, type: 'webhook.failing', failedDeliveries: 1 },
  'webhook.recovered': { ...common, type: 'webhook.recovered' },
  'webhook.disabled': { ...common, type: 'webhook.disabled', reason: 'gone', failedDeliveries: 0 },
};

const decode = (body: unknown, subject = notificationSubject('acct_42', (body as Notification).type)) => (
  decodeNotification({ subject, data: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)) })
);

describe('a notification', () => {
  it.each(notificationTypes)('%s is read as it was written', (type) => expect(decode(examples[type])).toEqual({ ok: true, value: examples[type] }));

  it('of a newer process may say more', () => {
    expect(decode({ ...examples['webhook.failing'], more: 1 })).toEqual({ ok: true, value: examples['webhook.failing'] });
  });

  it.each([
    ['no JSON', '{'], ['nothing', 'null'], ['another type', { ...common, type: 'webhook.exploded' }],
    ['no endpoint', { ...examples['webhook.recovered'], endpointId: 'wh_1' }], ['no account', { ...examples['webhook.recovered'], accountId: 'a b' }],
    ['no id', { ...examples['webhook.recovered'], id: '' }], ['no time', { ...examples['webhook.recovered'], at: 'today' }],
    ['a reason that is its admin\'s', { ...examples['webhook.disabled'], reason: 'user' }], ['no reason', { ...examples['webhook.disabled'], reason: undefined }],
    ['half a delivery', { ...examples['webhook.failing'], failedDeliveries: 0.5 }],
  ])('is refused with %s', (_, body) => expect(decode(body, 'cepro.notifications.acct_42.webhook.recovered')).toEqual({ ok: false, reason: expect.any(String) }));

  it('is refused on the subject of another account or type', () => {
    for (const subject of [notificationSubject('acct_43', 'webhook.failing'), notificationSubject('acct_42', 'webhook.recovered')]) {
      expect(decode(examples['webhook.failing'], subject)).toMatchObject({ ok: false, reason: expect.stringContaining('subject') });
    }
  });

  it('is described by its JSON Schema', () => {
    const { oneOf } = notificationSchema() as { oneOf: { properties: Record<string, { const?: string; enum?: string[]; description?: string }>; required: string[] }[] };
    expect(oneOf.map(({ properties }) => properties['type']?.const)).toEqual(notificationTypes);
    for (const { properties, required } of oneOf) {
      const example = examples[properties['type']!.const as NotificationType];
      expect([...required].sort()).toEqual(Object.keys(example).sort());
      for (const [name, { description }] of Object.entries(properties)) expect([name, description]).toEqual([name, name === 'type' ? undefined : expect.any(String)]);
    }
    expect(oneOf.at(-1)?.properties['reason']?.enum).toEqual(systemDisabledReasons);
    expect(systemDisabledReasons).toEqual(['failing', 'gone']);
  });

  it('is as the README shows it', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const shown = [...readme.matchAll(/^\{"id":.*\}$/gm)].map(([line]) => decode(JSON.parse(line)));
    expect(shown).toEqual([{ ok: true, value: expect.objectContaining({ type: 'webhook.disabled' }) }]);
  });
});

describe('the id of a notification', () => {
  it('is the same for the same fact, and no other', () => {
    expect(notificationId(endpointId, 'webhook.failing', 1)).toBe(`${endpointId}:webhook.failing:1`);
    const ids = notificationTypes.flatMap((type) => [1, 2].map((fact) => notificationId(endpointId, type, fact)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
