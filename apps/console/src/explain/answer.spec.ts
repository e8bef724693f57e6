import { describe, expect, it } from '@jest/globals';
import type { Explanation } from '../api/client.ts';
import { answerOf } from './answer.ts';

const since = '2026-11-24T10:00:00.000Z';
type Given = Parameters<typeof answerOf>[0];
const given = (verdict: Explanation['verdict'], fields: Partial<Given> = {}): Given => ({ verdict, since: null, disabledReason: null, fault: null, ...fields });
const read = (explanation: Given) => {
  const { tone, text, at, then } = answerOf(explanation, 'invoice.paid');
  return `${tone}: ${text}${at ? ` ${at}` : ''}${then}`;
};

describe('whether an event would be delivered', () => {
  it.each<[Given, string]>([
    [given('scheduled'), 'good: Yes, it would be delivered.'],
    [given('not-subscribed'), 'idle: No: this webhook is not subscribed to invoice.paid.'],
    [given('inactive', { since }), `idle: No: this webhook was switched off by you since ${since}.`],
    [given('inactive'), 'idle: No: this webhook was switched off by you.'],
    [given('disabled-by-system', { since, disabledReason: 'failing' }), `bad: No: this webhook was switched off by the system since ${since}, because it kept failing.`],
    [given('disabled-by-system', { since, disabledReason: 'gone' }), `bad: No: this webhook was switched off by the system since ${since}, because the receiver answered 410 Gone.`],
    [given('unusable', { fault: 'too-large' }), 'bad: No. The event could not be used: it is larger than 256 KiB.'],
  ])('%j reads %s', (explanation, text) => expect(read(explanation)).toBe(text));
});
