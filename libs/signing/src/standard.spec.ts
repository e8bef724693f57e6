import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { generateSecret, signingKey, signStandard, verifyStandard, type StandardHeaders } from './index.ts';

const secret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const body = '{"event":"lead.created","timestamp":"2026-03-08T14:30:00Z","data":{"name":"Zoë Ünal 清掃 🧽"}}';
const id = 'dlv_0001';
const timestamp = 1772980200;
// Computed with Python: base64.b64encode(hmac.new(bytes(range(32)), b'dlv_0001.1772980200.' + body, sha256).digest()).
const signature = 'v1,4ZYZIGnGIrmBTFb6FmEhvRvcESQ+cApqU1xbpPVS82I=';
const headers: StandardHeaders = { id, timestamp: String(timestamp), signature };
const options = { now: timestamp };

describe('signStandard', () => {
  const key = signingKey(secret);

  it.each<[string, string | Uint8Array, string]>([
    ['text beyond ASCII', body, signature],
    ['the same text as bytes', Buffer.from(body), signature],
    ['bytes that are not UTF-8', Uint8Array.of(0, 255, 254, 128), 'v1,qx7VCe3rRFrhY5thp68qCKJnLoA33AkjRrtDylCcsIg='],
  ])('gives the known signature of %s', (_what, given, expected) => {
    expect(signStandard(key, { id, timestamp, body: given })).toBe(expected);
  });

  it('is accepted by the Standard Webhooks library, for any secret', () => {
    const now = Math.floor(Date.now() / 1000);
    for (let i = 0; i < 25; i++) {
      const own = generateSecret();
      const received = {
        'webhook-id': id,
        'webhook-timestamp': String(now),
        'webhook-signature': signStandard(signingKey(own), { id, timestamp: now, body }),
      };
      expect(new Webhook(own).verify(body, received)).toEqual(JSON.parse(body));
      expect(new Webhook(own).verify(Buffer.from(body), received)).toEqual(JSON.parse(body));
      expect(() => new Webhook(own).verify(`${body} `, received)).toThrow('No matching signature');
    }
  });

  it.each(['', 'dlv.1', '.'])('refuses the id %p, which would make the signed content ambiguous', (wrong) => {
    expect(() => signStandard(key, { id: wrong, timestamp, body })).toThrow(RangeError);
  });

  it.each([1.5, -1, Number.NaN, Infinity, 2 ** 53])('refuses the timestamp %p', (wrong) => {
    expect(() => signStandard(key, { id, timestamp: wrong, body })).toThrow(RangeError);
  });
});

describe('verifyStandard', () => {
  it('accepts what it signed, over text and over bytes', () => {
    expect(verifyStandard(secret, headers, body, options)).toEqual({ ok: true });
    expect(verifyStandard(secret, headers, Buffer.from(body), options)).toEqual({ ok: true });
  });

  it('accepts what the Standard Webhooks library signed', () => {
    const theirs = new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
    expect(verifyStandard(secret, { ...headers, signature: theirs }, body, options)).toEqual({ ok: true });
  });

  it('uses the system clock and five minutes unless told otherwise', () => {
    const now = Math.floor(Date.now() / 1000);
    const at = (moment: number) => ({
      id,
      timestamp: String(moment),
      signature: signStandard(signingKey(secret), { id, timestamp: moment, body }),
    });
    expect(verifyStandard(secret, at(now), body)).toEqual({ ok: true });
    expect(verifyStandard(secret, at(now - 290), body)).toEqual({ ok: true });
    expect(verifyStandard(secret, at(now + 290), body)).toEqual({ ok: true });
    expect(verifyStandard(secret, at(now - 310), body)).toEqual({ ok: false, reason: 'timestamp-too-old' });
    expect(verifyStandard(secret, at(now + 310), body)).toEqual({ ok: false, reason: 'timestamp-too-new' });
  });

  it.each([
    [timestamp + 300, 300, { ok: true }],
    [timestamp + 301, 300, { ok: false, reason: 'timestamp-too-old' }],
    [timestamp - 300, 300, { ok: true }],
    [timestamp - 301, 300, { ok: false, reason: 'timestamp-too-new' }],
    [timestamp, 0, { ok: true }],
    [timestamp + 1, 0, { ok: false, reason: 'timestamp-too-old' }],
    [Number.NaN, 300, { ok: false, reason: 'timestamp-too-old' }],
    [timestamp, Number.NaN, { ok: false, reason: 'timestamp-too-old' }],
  ])('at %p with a tolerance of %p seconds says %p', (now, toleranceSeconds, verdict) => {
    expect(verifyStandard(secret, headers, body, { now, toleranceSeconds })).toEqual(verdict);
  });

  it.each<[string, string]>([
    ['before it', `v1,${'A'.repeat(43)}= ${signature}`],
    ['after it', `${signature} v1,${'A'.repeat(43)}=`],
    ['of another version', `v1a,hnO3f9T8Ytu9HwrXslvumg== v2,x ${signature}`],
    ['that are garbage, and empty ones', `, ,, ${signature}  x`],
  ])('accepts the right signature among others %s', (_where, listed) => {
    expect(verifyStandard(secret, { ...headers, signature: listed }, body, options)).toEqual({ ok: true });
  });

  it('accepts a message signed with the old and the new secret, by either', () => {
    const next = generateSecret();
    const both = `${signStandard(signingKey(next), { id, timestamp, body })} ${signature}`;
    expect(verifyStandard(secret, { ...headers, signature: both }, body, options)).toEqual({ ok: true });
    expect(verifyStandard(next, { ...headers, signature: both }, body, options)).toEqual({ ok: true });
    expect(verifyStandard(generateSecret(), { ...headers, signature: both }, body, options).ok).toBe(false);
  });

  const mismatch = { ok: false, reason: 'signature-mismatch' };

  it.each<[string, Partial<StandardHeaders>, string]>([
    ['body', {}, `${body} `],
    ['body, emptied', {}, ''],
    ['id', { id: 'dlv_0002' }, body],
    ['timestamp', { timestamp: String(timestamp + 1) }, body],
    // What is signed reads the same, but the boundary between the id and the timestamp has moved.
    ['boundary', { id: `${id}.${timestamp}`, timestamp: '1' }, body],
    ['signature, its last digit', { signature: signature.replace('I=', 'J=') }, body],
    ['signature, without padding', { signature: signature.replace('=', '') }, body],
    ['signature, without version', { signature: signature.slice(3) }, body],
    ['signature, with another version', { signature: signature.replace('v1', 'v1a') }, body],
    ['signature, in upper case', { signature: signature.toUpperCase() }, body],
    ['signature, in hexadecimal', { signature: `v1,${Buffer.from(signature.slice(3), 'base64').toString('hex')}` }, body],
    ['signature, listed with commas', { signature: `${signature},${signature}` }, body],
    ['signature, reduced to its version', { signature: 'v1,' }, body],
    ['signature, replaced by a space', { signature: ' ' }, body],
    ['signature, replaced by half a surrogate pair', { signature: '\ud800' }, body],
  ])('refuses a changed %s', (_what, changed, given) => {
    expect(verifyStandard(secret, { ...headers, ...changed }, given, { now: Number(changed.timestamp ?? timestamp) })).toEqual(mismatch);
  });

  it('refuses every single change of the body', () => {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at++) {
      const tampered = Buffer.from(bytes);
      tampered.writeUInt8(tampered.readUInt8(at) ^ 0x80, at);
      expect(verifyStandard(secret, headers, tampered, options)).toEqual(mismatch);
    }
  });

  it.each(['id', 'timestamp', 'signature'] as const)('refuses a missing, an empty and a repeated %s', (name) => {
    for (const value of [undefined, null, '', [], ['x'], 7]) {
      const verdict = verifyStandard(secret, { ...headers, [name]: value } as StandardHeaders, body, options);
      expect(verdict).toEqual({ ok: false, reason: 'header-missing' });
    }
    expect(verifyStandard(secret, undefined as unknown as StandardHeaders, body, options).ok).toBe(false);
  });

  it.each(['now', '1772980200.0', ' 1772980200', '+1772980200', '01772980200', '0x69ad8a28', '1e9', '1772980200x', '-1', '9'.repeat(400)])(
    'refuses the timestamp %p',
    (text) => {
      expect(verifyStandard(secret, { ...headers, timestamp: text }, body, options)).toEqual({ ok: false, reason: 'timestamp-malformed' });
    },
  );

  it('refuses a secret that is not one, and a body that is neither text nor bytes, without throwing', () => {
    expect(verifyStandard('whsec_', headers, body, options)).toEqual({ ok: false, reason: 'secret-invalid' });
    expect(verifyStandard(secret, headers, { event: 'x' } as unknown as string, options)).toEqual(mismatch);
  });
});
