import { describe, expect, it } from '@jest/globals';
import type { EventEntry } from '../api/client.ts';
import { resultOf, sentenceOf } from './event-result.ts';

const anEvent = (fields: Partial<EventEntry> = {}): EventEntry => ({
  id: 'evt_1', type: 'invoice.paid', receivedAt: '2026-11-24T10:00:00.000Z', status: 'routed', deliveries: 2, fault: null, ...fields,
});

const waiting = anEvent({ status: 'waiting', deliveries: null });
const unusable = anEvent({ status: 'unusable', deliveries: 0, fault: 'bad-timestamp' });

describe('what came of an event', () => {
  it.each<[EventEntry, string, string]>([
    [waiting, 'wait', 'Waiting'],
    [anEvent(), 'onward', 'Sent to 2 endpoints'],
    [anEvent({ deliveries: 1 }), 'onward', 'Sent to 1 endpoint'],
    [anEvent({ deliveries: 0 }), 'idle', 'Nobody listened'],
    [unusable, 'bad', 'Could not be used: the timestamp is missing or not ISO 8601'],
    [anEvent({ type: null, status: 'unusable', deliveries: 0, fault: 'unknown-type' }), 'bad', 'Could not be used: its type is not in the catalogue'],
  ])('%j reads %s, %s', (event, tone, text) => expect(resultOf(event)).toEqual({ tone, text }));

  it.each<[EventEntry, string]>([
    [waiting, 'Waiting: it was received, and is matched to your endpoints in a moment.'],
    [anEvent(), 'Sent to 2 endpoints.'],
    [anEvent({ deliveries: 0 }), 'Nobody listened: no endpoint was active and subscribed to invoice.paid.'],
    [unusable, 'It could not be used, and was sent to nobody: the timestamp is missing or not ISO 8601.'],
  ])('%j is told in a sentence', (event, text) => expect(sentenceOf(event, Date.parse(event.receivedAt) + 1_000).text).toBe(text));

  it('does not promise that one which has waited for more than an hour is matched in a moment', () => {
    expect(sentenceOf(waiting, Date.parse(waiting.receivedAt) + 3_600_001)).toEqual({ tone: 'wait', text: 'Waiting since', at: waiting.receivedAt, then: '; it has not been matched yet.' });
  });
});
