import { describe, expect, it } from '@jest/globals';
import { deadLetterOf, readDeadLetter } from './dead-letter.ts';
import { maxEventBytes } from './domain-event.ts';

const unusable = { subject: 'cepro.events.acct_42.invoice.paid', sequence: 7, msgId: 'invoices:1', data: new Uint8Array([1, 2, 3]) };

describe('a dead letter', () => {
  it('has the body as it was, and says where it came from and why', () => {
    expect(deadLetterOf('event', unusable, 'not-json')).toEqual({
      subject: 'webhooks.dead-letters.event',
      msgId: 'event:7',
      data: unusable.data,
      headers: {
        'Webhook-Dead-Letter-Reason': 'not-json', 'Webhook-Original-Subject': unusable.subject, 'Webhook-Original-Sequence': '7', 'Webhook-Original-Size': '3',
        'Webhook-Original-Msg-Id': 'invoices:1',
      },
    });
    expect(deadLetterOf('delivery', unusable, 'x')).toMatchObject({ subject: 'webhooks.dead-letters.delivery', msgId: 'delivery:7' });
  });

  it('is read again by whoever counts them', () => {
    const { subject, headers } = deadLetterOf('delivery', unusable, 'header Webhook-Attempt is missing');
    const read = (on: string, given: Record<string, string>) => readDeadLetter({ subject: on, header: (name) => given[name] });
    expect(read(subject, headers)).toEqual({ ok: true, value: { kind: 'delivery', sequence: 7, reason: 'header Webhook-Attempt is missing' } });
    expect(read(subject, { 'Webhook-Original-Sequence': '7' })).toMatchObject({ value: { reason: '' } });
    expect(read(subject, {}).ok).toBe(false);
    expect(read('webhooks.dead-letters.other', headers).ok).toBe(false);
  });

  it('does without an id', () => {
    expect(deadLetterOf('event', { ...unusable, msgId: undefined }, 'x').headers).not.toHaveProperty('Webhook-Original-Msg-Id');
  });

  it('has the beginning of what is too large, and its size', () => {
    const { data, headers } = deadLetterOf('event', { ...unusable, data: new Uint8Array(1_000_000) }, 'too-large');
    expect(data.byteLength).toBe(maxEventBytes);
    expect(headers['Webhook-Original-Size']).toBe('1000000');
  });

  it('lets nothing into its headers that is not plain text of a sensible length', () => {
    const { headers } = deadLetterOf('event', { ...unusable, subject: 'a\r\nNats-Msg-Id: x', msgId: 'ü'.repeat(1_000) }, '\u0000'.repeat(1_000));
    for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]{0,256}$/);
  });
});
