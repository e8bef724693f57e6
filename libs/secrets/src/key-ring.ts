import { createSecretKey, type KeyObject } from 'node:crypto';

/** AES-256 takes a key of 32 bytes. */
const KEY_BYTES = 32;

/** A key's id is part of every sealed text, so it has neither the full stop that separates the parts nor a space. */
const KID = /^[A-Za-z0-9_-]{1,32}$/;

/** The keys that secrets are sealed with. The keys are `KeyObject`s: logging or inspecting the ring shows no material. */
export interface KeyRing {
  /** The id of the key that seals; every key in the ring opens. */
  readonly sealingKid: string;
  /** Every key by its id. */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/** The configured keys can't be used. Names every fault by its position, and never repeats any of the text. */
export class InvalidKeyRingError extends Error {
  readonly code = 'invalid-key-ring';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The key ring is not valid: ${faults.join('; ')}.`);
    this.name = 'InvalidKeyRingError';
    this.faults = faults;
  }
}

/**
 * Reads a key ring from `kid:key[,kid:key…]`. The first key seals, all of them open; to change the key, put the new one
 * in front and keep the old one until nothing is sealed with it any more. Spaces around an entry don't matter.
 *
 * @param text each `kid` is 1 to 32 of `A-Z a-z 0-9 _ -` and unique; each `key` is the padded base64 of 32 bytes
 *   (`openssl rand -base64 32`).
 * @throws {InvalidKeyRingError} with every fault there is. Entries are named by their position only: the text that looks
 *   like a key id may be a key, put in the wrong place.
 */
export function parseKeyRing(text: string): KeyRing {
  if (typeof text !== 'string' || text.trim() === '') throw new InvalidKeyRingError(['it has no key']);

  const faults: string[] = [];
  const keys = new Map<string, KeyObject>();
  const positions = new Map<string, number>();

  for (const [index, entry] of text.split(',').entries()) {
    const position = index + 1;
    const [kid = '', encoded, ...rest] = entry.trim().split(':');
    if (encoded === undefined || rest.length > 0) {
      faults.push(`entry ${position} is not written kid:key`);
      continue;
    }

    const bytes = Buffer.from(encoded, 'base64');
    // Node skips what is not base64, so a mistyped key would silently become another one.
    const isBase64 = bytes.toString('base64') === encoded;
    const earlier = positions.get(kid);
    if (!KID.test(kid)) faults.push(`the id of entry ${position} is not 1 to 32 letters, digits, hyphens or underscores`);
    else if (earlier !== undefined) faults.push(`entry ${position} has the id of entry ${earlier}`);
    else positions.set(kid, position);
    if (!isBase64) faults.push(`the key of entry ${position} is not padded base64`);
    else if (bytes.length !== KEY_BYTES) faults.push(`the key of entry ${position} has ${bytes.length} bytes instead of ${KEY_BYTES}`);
    else keys.set(kid, createSecretKey(bytes));
  }

  const [sealingKid] = keys.keys();
  if (faults.length > 0 || sealingKid === undefined) throw new InvalidKeyRingError(faults);
  return { sealingKid, keys };
}
