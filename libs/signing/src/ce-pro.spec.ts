import { describe, expect, it } from '@jest/globals';
import crypto from 'node:crypto';
import { generateSecret, signCePro, signingKey, verifyCePro } from './index.ts';

const secret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const body = '{"event":"lead.created","timestamp":"2026-03-08T14:30:00Z","data":{"name":"Zoë Ünal 清掃 🧽"}}';
// Computed with Python's hmac and hashlib: hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest().
const signature = '2b27ada77c93ac5bcf71af82e302564c24df32a48ff65883c88ec32d682f8c4a';

/** What CE Pro's article tells the developer of a receiver to write. */
function verifyAsTheArticleSays(rawBody: string | Buffer, signatureHeader: string, signingSecret: string): boolean {
  const expected = Buffer.from(crypto.createHmac('sha256', signingSecret).update(rawBody).digest('hex'));
  const received = Buffer.from(signatureHeader);
  return expected.length === received.length && crypto.timingSafeEqual(expected, received);
}

describe('signCePro', () => {
  const key = signingKey(secret);

  it.each<[string, string | Uint8Array, string]>([
    ['text beyond ASCII', body, signature],
    ['the same text as bytes', Buffer.from(body), signature],
    ['an empty body', '', '3869a63cbe73c747431cf9ff4d38cbaa6ad6adb0541c4753e1c90f7b6920620f'],
    ['bytes that are not UTF-8', Uint8Array.of(0, 255, 254, 128), '03b6b3c9ca5a4ebf81ae91d6df4cbe16853d7e8b308ba6b47973a9884bdca4a2'],
  ])('gives the known signature of %s', (_what, given, expected) => {
    expect(signCePro(key, given)).toBe(expected);
  });

  it('is accepted by the code in the article, for any secret', () => {
    for (let i = 0; i < 50; i++) {
      const own = generateSecret();
      const header = signCePro(signingKey(own), body);
      expect(verifyAsTheArticleSays(body, header, own)).toBe(true);
      expect(verifyAsTheArticleSays(Buffer.from(body), header, own)).toBe(true);
      expect(verifyAsTheArticleSays(`${body} `, header, own)).toBe(false);
    }
  });
});

describe('verifyCePro', () => {
  it('accepts the right signature, over text and over bytes', () => {
    expect(verifyCePro(secret, body, signature)).toBe(true);
    expect(verifyCePro(secret, Buffer.from(body), signature)).toBe(true);
  });

  it('refuses every single change of the body', () => {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at++) {
      const tampered = Buffer.from(bytes);
      tampered.writeUInt8(tampered.readUInt8(at) ^ 1, at);
      expect(verifyCePro(secret, tampered, signature)).toBe(false);
    }
    expect(verifyCePro(secret, JSON.stringify(JSON.parse(body), null, 1), signature)).toBe(false);
    expect(verifyCePro(secret, '', signature)).toBe(false);
  });

  it('refuses every single change of the signature', () => {
    for (let at = 0; at < signature.length; at++) {
      const digit = signature[at] === '0' ? '1' : '0';
      expect(verifyCePro(secret, body, signature.slice(0, at) + digit + signature.slice(at + 1))).toBe(false);
    }
  });

  it.each<[string, unknown]>([
    ['no header', undefined],
    ['null', null],
    ['an empty header', ''],
    ['one digit too few', signature.slice(1)],
    ['one digit too many', `${signature}0`],
    ['upper case', signature.toUpperCase()],
    ['a prefix', `sha256=${signature}`],
    ['a space after', `${signature} `],
    ['two of them', `${signature}, ${signature}`],
    ['base64', Buffer.from(signature, 'hex').toString('base64')],
    ['64 characters beyond ASCII', 'é'.repeat(64)],
    ['32 characters of two bytes', 'é'.repeat(32)],
    ['half a surrogate pair', '\ud800'],
    ['a very long header', 'a'.repeat(1_000_000)],
    ['a list of headers', [signature]],
    ['a number', 42],
  ])('refuses %s without throwing', (_what, header) => {
    expect(verifyCePro(secret, body, header as string)).toBe(false);
  });

  it('refuses another secret, a malformed one, and a body that is neither text nor bytes, without throwing', () => {
    expect(verifyCePro(generateSecret(), body, signature)).toBe(false);
    expect(verifyCePro(secret.slice(6), body, signature)).toBe(false);
    expect(verifyCePro('', body, signature)).toBe(false);
    expect(verifyCePro(secret, { event: 'lead.created' } as unknown as string, signature)).toBe(false);
    expect(verifyCePro(secret, undefined as unknown as string, signature)).toBe(false);
  });
});
