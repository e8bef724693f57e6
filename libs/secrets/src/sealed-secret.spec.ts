import { describe, expect, it } from '@jest/globals';
import { createDecipheriv } from 'node:crypto';
import { inspect } from 'node:util';
import { open, parseKeyRing, seal, SealedSecretError, sealedWith, type KeyRing, type SealContext } from './index.ts';

const oldKey = `old:${Buffer.alloc(32, 1).toString('base64')}`;
const newKey = `new:${Buffer.alloc(32, 2).toString('base64')}`;
const ring = parseKeyRing(oldKey);
const context: SealContext = { accountId: 'acct_42', endpointId: 'wh_0001' };
const secret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

function faultOf(sealed: string, from: KeyRing = ring, belongingTo: SealContext = context): string {
  try {
    open(from, sealed, belongingTo);
  } catch (error) {
    if (error instanceof SealedSecretError) return error.reason;
    throw error;
  }
  return 'opened';
}

describe('seal and open', () => {
  it.each([secret, '', 'é 清掃 🧽', 'x'.repeat(10_000), '\u0000'])('give back what was sealed', (plaintext) => {
    expect(open(ring, seal(ring, plaintext, context), context)).toBe(plaintext);
  });

  it('write a compact printable text that shows nothing of the secret', () => {
    const sealed = seal(ring, secret, context);
    expect(sealed).toMatch(/^v1\.old\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url')).toHaveLength(12 + secret.length + 16);
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes('whsec_')).toBe(false);
  });

  it('never use an initialisation vector twice', () => {
    const vectors = Array.from({ length: 500 }, () => seal(ring, secret, context).slice(7, 23));
    expect(new Set(vectors).size).toBe(500);
  });

  it('are AES-256-GCM with the version, the key, the account and the endpoint authenticated', () => {
    const bytes = Buffer.from(seal(ring, secret, context).slice('v1.old.'.length), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 1), bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from('["v1","old","acct_42","wh_0001"]'));
    decipher.setAuthTag(bytes.subarray(-16));
    expect(decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')).toBe(secret);
  });

  it('refuse a secret that UTF-8 would change', () => {
    expect(() => seal(ring, '\ud800', context)).toThrow(TypeError);
  });

  it.each<[string, unknown]>([
    ['an empty account', { ...context, accountId: '' }],
    ['an empty endpoint', { ...context, endpointId: '' }],
    ['no account', { endpointId: 'wh_0001' }],
  ])('refuse %s', (_what, wrong) => {
    expect(() => seal(ring, secret, wrong as SealContext)).toThrow(TypeError);
    expect(() => open(ring, seal(ring, secret, context), wrong as SealContext)).toThrow(TypeError);
  });
});

describe('a sealed secret', () => {
  const sealed = seal(ring, secret, context);

  it.each<[string, SealContext]>([
    ['another endpoint', { ...context, endpointId: 'wh_0002' }],
    ['another account', { ...context, accountId: 'acct_43' }],
    ['account and endpoint exchanged', { accountId: context.endpointId, endpointId: context.accountId }],
    ['the boundary between them moved', { accountId: 'acct_4', endpointId: '2wh_0001' }],
    ['the boundary forged with the encoding', { accountId: 'acct_42","wh_0001', endpointId: 'x' }],
  ])('does not open for %s', (_what, other) => {
    expect(faultOf(sealed, ring, other)).toBe('not-authentic');
  });

  it('does not open with any one of its characters changed', () => {
    for (let at = 0; at < sealed.length; at++) {
      for (const character of ['A', 'B', '_', '.', '=', ' ']) {
        if (sealed[at] === character) continue;
        expect(faultOf(sealed.slice(0, at) + character + sealed.slice(at + 1))).not.toBe('opened');
      }
    }
  });

  it('does not open with any one of its bits flipped', () => {
    const bytes = Buffer.from(sealed.slice('v1.old.'.length), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(faultOf(`v1.old.${flipped.toString('base64url')}`)).toBe('not-authentic');
    }
  });

  it('does not open shortened or lengthened by any number of bytes', () => {
    const bytes = Buffer.from(sealed.slice('v1.old.'.length), 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      expect(faultOf(`v1.old.${bytes.subarray(0, length).toString('base64url')}`)).toBe(length < 28 ? 'malformed' : 'not-authentic');
    }
    expect(faultOf(`v1.old.${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')}`)).toBe('not-authentic');
  });

  it('does not open under the id of another key, even with the same material', () => {
    const material = Buffer.alloc(32, 1).toString('base64');
    const twins = parseKeyRing(`old:${material},twin:${material}`);
    expect(faultOf(sealed.replace('.old.', '.twin.'), twins)).toBe('not-authentic');
  });

  it('does not open with another key under its id', () => {
    expect(faultOf(sealed, parseKeyRing(newKey.replace('new', 'old')))).toBe('not-authentic');
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['an object', {}],
    ['the secret itself', secret],
    ['the version alone', 'v1'],
    ['no payload', 'v1.old.'],
    ['no key', `v1..${'A'.repeat(40)}`],
    ['a key id that is too long', `v1.${'k'.repeat(33)}.${'A'.repeat(40)}`],
    ['another version', sealed.replace('v1', 'v2')],
    ['a fourth part', `${sealed}.x`],
    ['a space before', ` ${sealed}`],
    ['a line break after', `${sealed}\n`],
    ['padding', `${sealed}=`],
    ['base64 instead of base64url', `v1.old.${'+/'.repeat(30)}`],
    ['one base64 digit too many', `v1.old.${'A'.repeat(41)}`],
    ['a payload of 27 bytes', `v1.old.${Buffer.alloc(27).toString('base64url')}`],
    ['the name of an inherited property as key', 'v1.constructor'],
    ['a megabyte of dots', '.'.repeat(1_000_000)],
  ])('that is %s is malformed', (_what, text) => {
    expect(faultOf(text as string)).toBe('malformed');
    expect(sealedWith(text as string)).toBeUndefined();
  });

  it('is never opened with a key that the ring merely inherits', () => {
    for (const kid of ['constructor', '__proto__', 'toString']) {
      expect(faultOf(`v1.${kid}.${Buffer.alloc(40).toString('base64url')}`)).toBe('unknown-key');
    }
  });

  it('tells nothing of itself in the error', () => {
    const tampered = `${sealed.slice(0, -4)}AAAA`;
    for (const text of [tampered, `${sealed}!`, sealed.replace('old', 'lost')]) {
      try {
        open(ring, text, context);
        throw new Error('was opened');
      } catch (error) {
        expect(error).toMatchObject({ name: 'SealedSecretError', code: 'sealed-secret' });
        expect(inspect(error, { depth: 9 })).not.toContain(sealed.slice(8, 24));
        expect(inspect(error, { depth: 9 })).not.toContain(secret.slice(0, 16));
      }
    }
  });
});

describe('changing the key', () => {
  const sealed = seal(ring, secret, context);

  it('goes on opening what the old key sealed, and seals with the new one', () => {
    const both = parseKeyRing(`${newKey},${oldKey}`);
    expect(sealedWith(sealed)).toBe('old');
    expect(open(both, sealed, context)).toBe(secret);

    const again = seal(both, open(both, sealed, context), context);
    expect(sealedWith(again)).toBe('new');
    expect(open(parseKeyRing(newKey), again, context)).toBe(secret);
  });

  it('says so when a secret names a key that was taken away too early', () => {
    expect(faultOf(sealed, parseKeyRing(newKey))).toBe('unknown-key');
  });
});
