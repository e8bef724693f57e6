import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { generateSecret, InvalidSecretError, signingKey } from './index.ts';

const secretOf = (length: number) => `whsec_${Buffer.alloc(length, 7).toString('base64')}`;

describe('a generated secret', () => {
  it('is whsec_ and the base64 of 32 bytes', () => {
    const secret = generateSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
  });

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 200 }, generateSecret)).size).toBe(200);
  });

  it('makes a signing key', () => {
    expect(() => signingKey(generateSecret())).not.toThrow();
  });
});

describe('signingKey', () => {
  it.each([24, 32, 33, 64])('takes a secret of %i bytes', (length) => {
    const key = signingKey(secretOf(length));
    expect(key.standard.symmetricKeySize).toBe(length);
    expect(key.cePro.symmetricKeySize).toBe(secretOf(length).length);
  });

  it.each([
    ['nothing', ''],
    ['no prefix', secretOf(32).slice(6)],
    ['another prefix', `whsk_${secretOf(32).slice(6)}`],
    ['an upper-case prefix', secretOf(32).replace('whsec', 'WHSEC')],
    ['the prefix alone', 'whsec_'],
    ['the prefix twice', `whsec_${secretOf(32)}`],
    ['too few bytes', secretOf(23)],
    ['too many bytes', secretOf(65)],
    ['a space before', ` ${secretOf(32)}`],
    ['a line break after', `${secretOf(32)}\n`],
    ['missing padding', secretOf(32).replace('=', '')],
    ['base64url', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}=`],
    // The last digit of 32 bytes has two bits that mean nothing; only 00 is canonical.
    ['bits in the padding', secretOf(32).replace('c=', 'd=')],
    ['text that is not base64', `whsec_${'é'.repeat(44)}`],
  ])('refuses %s', (_what, secret) => {
    expect(() => signingKey(secret)).toThrow(InvalidSecretError);
  });

  it.each([undefined, null, 42, {}, []])('refuses %p, which is not text', (secret) => {
    expect(() => signingKey(secret as unknown as string)).toThrow(InvalidSecretError);
  });

  it('says what is wrong without repeating any of the secret', () => {
    const material = 'c3VwZXJzZWNyZXQ';
    for (const secret of [material, `whsec_${material}`, `whsec_${material}!`]) {
      try {
        signingKey(secret);
        throw new Error('was accepted');
      } catch (error) {
        expect(error).toMatchObject({ name: 'InvalidSecretError', code: 'invalid-secret' });
        expect(inspect(error)).not.toContain(material);
      }
    }
  });

  it('gives a key that shows no material when it is logged', () => {
    const key = signingKey(secretOf(32));
    const shown = `${inspect(key, { depth: 9, showHidden: true })} ${JSON.stringify(key)}`;
    expect(shown).not.toContain(secretOf(32).slice(6, 20));
    expect(shown).not.toContain('07 07');
  });
});
