import { describe, expect, it } from '@jest/globals';
import type { EventVerdict } from '../api/client.ts';
import { verdictText } from './verdict.ts';

const [before, receivedAt, after] = ['2026-11-24T09:00:00.000Z', '2026-11-24T10:00:00.000Z', '2026-11-24T11:00:00.000Z'];
const event = { type: 'invoice.paid', receivedAt } as const;

const aVerdict = (fields: Partial<EventVerdict>): EventVerdict => ({
  endpointId: 'wh_1', url: 'https://hooks.example.com/', verdict: 'scheduled', since: null, disabledReason: null, deliveryId: null, deliveryStatus: null, ...fields,
});
const sent = (deliveryStatus: EventVerdict['deliveryStatus']) => aVerdict({ deliveryId: 'dlv_1', deliveryStatus });
/** A verdict in one line, as it is read. */
const read = (verdict: EventVerdict) => {
  const { tone, text, at, then, link } = verdictText(verdict, event);
  return `${tone}: ${text}${at ? ` ${at}` : ''}${then}${link ? ` [${link}]` : ''}`;
};

describe('the verdict on an endpoint', () => {
  it.each<[EventVerdict, string]>([
    [sent('succeeded'), 'good: Sent: succeeded [delivery]'],
    [sent('pending'), 'wait: Sent: in progress [delivery]'],
    [sent('failed'), 'bad: Sent: failed [delivery]'],
    [sent('cancelled'), 'idle: Sent, then cancelled because the webhook was disabled [delivery]'],
    [sent(null), 'idle: Sent. The log does not have the delivery: not yet, or not any more.'],
    [aVerdict({ verdict: 'not-subscribed' }), 'idle: Not subscribed to invoice.paid [edit]'],
    [aVerdict({ verdict: 'inactive', since: before }), `idle: Switched off by you since ${before}`],
    [aVerdict({ verdict: 'inactive' }), 'idle: Switched off by you'],
    [aVerdict({ verdict: 'disabled-by-system', since: before, disabledReason: 'failing' }), `bad: Switched off by the system since ${before} because it kept failing`],
    [aVerdict({ verdict: 'disabled-by-system', since: before, disabledReason: 'gone' }), `bad: Switched off by the system since ${before} because the receiver answered 410 Gone`],
    [aVerdict({ verdict: 'created-later', since: after }), `idle: Added later, on ${after}`],
    [aVerdict({ verdict: 'deleted', url: null, since: before }), `idle: Deleted on ${before}`],
    [aVerdict({ verdict: 'deleted', url: null, since: after }), `idle: Deleted on ${after}, and its history with it`],
  ])('%j reads %s', (verdict, text) => expect(read(verdict)).toBe(text));
});
