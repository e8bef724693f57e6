import { describe, expect, it } from '@jest/globals';
import { eventTypes } from './catalogue.ts';
import { deliveryIdOf, eventIdOf, newEndpointId } from './ids.ts';
import {
  accountConfigSubjects, configSubject, deliveryFacts, deliveryFactSubjects, deliverySubject, endpointDeliverySubjects, endpointRetrySubjects,
  eventSubject, eventSubjects, notificationSubject, notificationSubjects, notificationTypes, parseConfigSubject, parseDeliverySubject, parseEventSubject, retriesBucket, retryKey, shardOf, shardWorkSubjects, streams, workerDurable,
} from './subjects.ts';

const endpoint = 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab';
const account = 'acct_42';

/** Whether NATS would give a message of that subject to a subscription to that pattern. */
function receives(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  if (wanted.at(-1) === '>' ? tokens.length < wanted.length : tokens.length !== wanted.length) return false;
  return wanted.every((token, index) => token === '>' || token === '*' || token === tokens[index]);
}

const hostile = [
  '', '.', '..', '>', '*', 'cepro', 'cepro.events', 'cepro.events.', 'cepro.events.acct_42', 'cepro.events.acct_42.', 'cepro.events..invoice.paid',
  'cepro.events.*.invoice.paid', 'cepro.events.>.invoice.paid', 'cepro.events.acct 42.invoice.paid', 'cepro.events.acct_42.invoice', 'cepro.events.acct_42.invoice.paid.',
  'cepro.events.acct_42.invoice.paid.more', 'cepro.events.acct_42.Invoice.paid', 'cepro.events.acct_42.__proto__', 'cepro.events.acct_42.constructor',
  'cepro.events.acct_42.invoice.paid\n', '\ncepro.events.acct_42.invoice.paid', 'xcepro.events.acct_42.invoice.paid', 'Cepro.events.acct_42.invoice.paid',
  `cepro.events.${'a'.repeat(65)}.invoice.paid`, 'cepro.events.акаунт.invoice.paid', 'cepro.events.acct_42\u0000.invoice.paid', 'a.'.repeat(100_000),
  `webhooks.config.${account}`, `webhooks.config.${account}.${endpoint}.more`, `webhooks.config..${endpoint}`, `webhooks.config.*.${endpoint}`, `webhooks.config.${account}.*`,
  `webhooks.config.${account}.${endpoint.toUpperCase()}`, `webhooks.config.${account}.dlv_${endpoint.slice(3)}`, `webhooks.config.${account}.${endpoint}\n`,
  `webhooks.deliveries.n.3.${endpoint}.scheduled`, `webhooks.deliveries.n.-1.${endpoint}.scheduled`, `webhooks.deliveries.n.0x.${endpoint}.scheduled`,
  `webhooks.deliveries..03.${endpoint}.scheduled`, `webhooks.deliveries.n.03.${endpoint}`, `webhooks.deliveries.n.03.${endpoint}.gone`, `webhooks.deliveries.n.03.${endpoint}.toString`,
  `webhooks.deliveries.n.03.${endpoint}.scheduled.more`, `webhooks.deliveries.n.03.wh_1.scheduled`, `webhooks.deliveries.n.03.*.scheduled`,
];

describe('the subjects of events', () => {
  it('are those that were promised', () => {
    expect(streams.events).toBe('CEPRO_EVENTS');
    expect(eventSubject('acct_42', 'estimate.accepted')).toBe('cepro.events.acct_42.estimate.accepted');
    expect(eventSubject('acct_42', 'proposal_sent')).toBe('cepro.events.acct_42.proposal_sent');
    expect(eventSubjects('acct_42')).toBe('cepro.events.acct_42.>');
  });

  it.each(eventTypes)('say account and %s', (eventType) => {
    for (const accountId of ['a', 'acct_42', 'A-b_9', '_', '-', 'a'.repeat(64)]) {
      expect(parseEventSubject(eventSubject(accountId, eventType))).toEqual({ ok: true, value: { accountId, eventType } });
    }
  });
});

describe('the subjects of configuration', () => {
  it('say account and endpoint', () => {
    const endpointId = newEndpointId();
    expect(parseConfigSubject(configSubject(account, endpointId))).toEqual({ ok: true, value: { accountId: account, endpointId } });
    expect(receives(accountConfigSubjects(account), configSubject(account, endpointId))).toBe(true);
    expect(receives(accountConfigSubjects(account), configSubject('acct_421', endpointId))).toBe(false);
  });
});

describe('the subjects of notifications', () => {
  it('are those that were promised', () => {
    expect(streams.notifications).toBe('CEPRO_NOTIFICATIONS');
    expect(notificationTypes.map((type) => notificationSubject(account, type))).toEqual([
      'cepro.notifications.acct_42.webhook.failing', 'cepro.notifications.acct_42.webhook.recovered', 'cepro.notifications.acct_42.webhook.disabled',
    ]);
  });

  it.each(notificationTypes)('are found by their account: %s', (type) => {
    expect(receives(notificationSubjects(), notificationSubject(account, type))).toBe(true);
    expect(receives(notificationSubjects(account), notificationSubject(account, type))).toBe(true);
    expect(receives(notificationSubjects(account), notificationSubject('acct_421', type))).toBe(false);
  });
});

describe('the subjects of deliveries', () => {
  it.each(deliveryFacts)('say lane, shard, endpoint and %s', (fact) => {
    for (const shard of [0, 3, 15, 99, 100, 1_000]) {
      const subject = deliverySubject('n', shard, endpoint, fact);
      expect(parseDeliverySubject(subject)).toEqual({ ok: true, value: { lane: 'n', shard, endpointId: endpoint, fact } });
      expect(receives(deliveryFactSubjects(fact), subject)).toBe(true);
      expect(receives(endpointDeliverySubjects(endpoint), subject)).toBe(true);
      expect(receives(endpointDeliverySubjects(newEndpointId()), subject)).toBe(false);
      const isWork = shardWorkSubjects('n', shard).some((pattern) => receives(pattern, subject));
      expect(isWork).toBe(fact === 'scheduled' || fact === 'retry');
      expect(shardWorkSubjects('n', shard + 1).some((pattern) => receives(pattern, subject))).toBe(false);
    }
  });

  it('do not hold the delivery\'s id, which would cost the server memory for each', () => {
    expect(deliverySubject('n', 3, endpoint, 'scheduled')).toBe(`webhooks.deliveries.n.03.${endpoint}.scheduled`);
  });

  it('go with the names of the consumers', () => {
    expect(workerDurable('n', 3)).toBe('delivery-worker-n-03');
    expect(workerDurable('n', 127)).toBe('delivery-worker-n-127');
  });
});

describe('the keys of retries', () => {
  it('are found by their endpoint', () => {
    const key = retryKey(endpoint, deliveryIdOf(eventIdOf(1, 0), endpoint));
    expect(receives(endpointRetrySubjects(endpoint), `$KV.${retriesBucket}.${key}`)).toBe(true);
    expect(receives(endpointRetrySubjects(newEndpointId()), `$KV.${retriesBucket}.${key}`)).toBe(false);
    expect(key).toMatch(/^[-/_=.a-zA-Z0-9]+$/);
  });
});

describe('what is no subject of ours', () => {
  it.each(hostile.map((subject) => [subject.length > 90 ? `${subject.slice(0, 90)}…` : subject, subject] as const))('%j says nothing', (_, subject) => {
    for (const parse of [parseEventSubject, parseConfigSubject, parseDeliverySubject]) {
      expect(parse(subject)).toEqual({ ok: false, reason: expect.any(String) });
    }
  });
});

describe('shardOf', () => {
  it('gives every process the same answer, today and tomorrow', () => {
    // Deliveries that wait were stored under the answers of yesterday: these may never change.
    const pinned = [
      ['wh_0195e3d1-8e12-7abc-9e55-0123456789ab', 16], ['wh_0195e3d1-8e12-7abc-9e55-0123456789ac', 16], ['wh_00000000-0000-7000-8000-000000000000', 16],
      ['wh_00000000-0000-7000-8000-000000000000', 64], ['wh_ffffffff-ffff-7fff-bfff-ffffffffffff', 16], ['wh_ffffffff-ffff-7fff-bfff-ffffffffffff', 1],
    ] as const;
    expect(pinned.map(([id, shards]) => shardOf(id, shards))).toEqual([3, 8, 5, 53, 11, 0]);
  });

  it.each([2, 16, 48])('is even over %i shards, to within 15 percent', (shards) => {
    const counts = new Array<number>(shards).fill(0);
    const ids = 1_000 * shards;
    // One after the other in time, as endpoints are made.
    for (let n = 0; n < ids; n++) counts[shardOf(newEndpointId(1_772_980_200_000 + n), shards)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
