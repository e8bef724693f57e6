import { describe, expect, it } from '@jest/globals';
import { verifyCePro } from './ce-pro.ts';
import { generateSecret, signingKey } from './secret.ts';
import { verifyStandard } from './standard.ts';
import { exampleHeaders, requestHeaders } from './webhook-request.ts';

const secret = generateSecret();
const key = signingKey(secret);
const deliveryId = 'dlv_0195c1f0-7a00-7cc3-98c4-dc0c0c07398f';
const body = Buffer.from('{"event":"invoice.paid","timestamp":"2026-03-08T14:30:00Z","data":{"client_name":"Zoë"}}');
const at = new Date('2026-03-08T14:30:01.987Z');
const request = { deliveryId, eventType: 'invoice.paid', attempt: 3, body } as const;

describe('the headers of a request', () => {
  it('are these and no others', () => {
    expect(requestHeaders(request, key, at)).toEqual({
      'Content-Type': 'application/json',
      'User-Agent': 'CEPro-Webhooks/1',
      'X-Webhook-ID': deliveryId,
      'X-Webhook-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
      'X-Webhook-Event': 'invoice.paid',
      'X-Webhook-Timestamp': '2026-03-08T14:30:01.987Z',
      'X-Webhook-Attempt': '3',
      'webhook-id': deliveryId,
      // Of the attempt, not of the event, or receivers would take a late retry for a replay.
      'webhook-timestamp': '1772980201',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
    });
  });

  it('carry both signatures of the very bytes', () => {
    const headers = requestHeaders(request, key, at);
    expect(verifyCePro(secret, body, headers['X-Webhook-Signature'])).toBe(true);
    expect(verifyCePro(secret, Buffer.concat([body, Buffer.from(' ')]), headers['X-Webhook-Signature'])).toBe(false);
    const standard = { id: headers['webhook-id'], timestamp: headers['webhook-timestamp'], signature: headers['webhook-signature'] };
    expect(verifyStandard(secret, standard, body, { now: at.getTime() / 1_000 })).toEqual({ ok: true });
    expect(verifyCePro(generateSecret(), body, headers['X-Webhook-Signature'])).toBe(false);
  });

  it('differ between attempts by number, time and the signature that covers the time', () => {
    const first = requestHeaders(request, key, at);
    const second = requestHeaders({ ...request, attempt: 4 }, key, new Date(at.getTime() + 60_000));
    const differing = Object.keys(first).filter((name) => first[name] !== second[name]);
    expect(differing).toEqual(['X-Webhook-Timestamp', 'X-Webhook-Attempt', 'webhook-timestamp', 'webhook-signature']);
  });
});

describe('the headers of an example', () => {
  const example = exampleHeaders('invoice.paid');

  it('are those of a first attempt, in the same order', () => {
    const first = requestHeaders({ ...request, attempt: 1 }, key, at);
    expect(Object.keys(example)).toEqual(Object.keys(first));
    for (const name of ['Content-Type', 'User-Agent', 'X-Webhook-Event', 'X-Webhook-Attempt']) expect(example[name]).toBe(first[name]);
  });

  it('name what only a real attempt has, and verify as nothing', () => {
    for (const name of ['X-Webhook-ID', 'X-Webhook-Signature', 'X-Webhook-Timestamp', 'webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      expect(example[name]).toMatch(/<[^<>]+>$/);
    }
    expect(verifyCePro(secret, body, example['X-Webhook-Signature'])).toBe(false);
  });
});
