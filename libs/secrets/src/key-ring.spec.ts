import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { InvalidKeyRingError, parseKeyRing } from './index.ts';

const keyA = Buffer.alloc(32, 0xa5).toString('base64');
const keyB = Buffer.alloc(32, 0x5b).toString('base64');

function faultsOf(text: string): readonly string[] {
  try {
    parseKeyRing(text);
  } catch (error) {
    if (error instanceof InvalidKeyRingError) return error.faults;
    throw error;
  }
  return [];
}

describe('parseKeyRing', () => {
  it('reads one key', () => {
    const ring = parseKeyRing(`k1:${keyA}`);
    expect(ring.sealingKid).toBe('k1');
    expect([...ring.keys.keys()]).toEqual(['k1']);
    expect(ring.keys.get('k1')?.symmetricKeySize).toBe(32);
  });

  it('seals with the first of several and keeps them all', () => {
    const ring = parseKeyRing(` 2026-11:${keyB} ,\n2025_11:${keyA}`);
    expect(ring.sealingKid).toBe('2026-11');
    expect([...ring.keys.keys()]).toEqual(['2026-11', '2025_11']);
    expect(ring.keys.get('2025_11')?.export().toString('base64')).toBe(keyA);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'it has no key'],
    ['spaces', ' \n', 'it has no key'],
    ['a key without an id', keyA, 'entry 1 is not written kid:key'],
    ['an empty id', `:${keyA}`, 'the id of entry 1 is not 1 to 32 letters, digits, hyphens or underscores'],
    ['an id that is too long', `${'k'.repeat(33)}:${keyA}`, 'the id of entry 1 is not 1 to 32 letters, digits, hyphens or underscores'],
    ['a full stop in the id', `k.1:${keyA}`, 'the id of entry 1 is not 1 to 32 letters, digits, hyphens or underscores'],
    ['an empty key', 'k1:', 'the key of entry 1 has 0 bytes instead of 32'],
    ['a key that is too short', `k1:${Buffer.alloc(31).toString('base64')}`, 'the key of entry 1 has 31 bytes instead of 32'],
    ['a key that is too long', `k1:${Buffer.alloc(33).toString('base64')}`, 'the key of entry 1 has 33 bytes instead of 32'],
    ['a key without padding', `k1:${keyA.replace('=', '')}`, 'the key of entry 1 is not padded base64'],
    ['a hexadecimal key', `k1:${'a5'.repeat(32)}`, 'the key of entry 1 has 48 bytes instead of 32'],
    ['a second colon', `k1:${keyA}:x`, 'entry 1 is not written kid:key'],
    ['a comma at the end', `k1:${keyA},`, 'entry 2 is not written kid:key'],
    ['an id twice', `k1:${keyA},k2:${keyB},k1:${keyB}`, 'entry 3 has the id of entry 1'],
  ])('refuses %s', (_what, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  it('names every fault at once', () => {
    expect(faultsOf(`k 1:${keyA},k2:short,k2:${keyB},loose`)).toEqual([
      'the id of entry 1 is not 1 to 32 letters, digits, hyphens or underscores',
      'the key of entry 2 is not padded base64',
      'entry 3 has the id of entry 2',
      'entry 4 is not written kid:key',
    ]);
  });

  it('refuses what is not text', () => {
    expect(() => parseKeyRing(undefined as unknown as string)).toThrow(InvalidKeyRingError);
  });

  it('shows no part of a key, even of one put where its id should be', () => {
    const material = randomBytes(32).toString('base64');
    for (const text of [material, `${material}:k1`, `k1:${material}x`, `k1:${material},k1:${material}`, `k1:${material}:k2`]) {
      try {
        parseKeyRing(text);
        throw new Error('was accepted');
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidKeyRingError);
        expect(inspect(error, { depth: 9 })).not.toContain(material.slice(0, 8));
      }
    }
  });

  it('gives a ring that shows no material when it is logged', () => {
    const shown = inspect(parseKeyRing(`k1:${keyA}`), { depth: 9, showHidden: true });
    expect(shown).toContain('k1');
    expect(shown).not.toMatch(/a5 ?a5|paWl/i);
  });
});
