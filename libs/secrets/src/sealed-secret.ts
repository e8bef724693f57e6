import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';

/** 96 bits: the one length that GCM uses as it is, without hashing it first (NIST SP 800-38D, 5.2.1.1). */
const IV_BYTES = 12;

/** 128 bits: the full tag. A shorter one is easier to forge (NIST SP 800-38D, appendix C). */
const TAG_BYTES = 16;

/** What a sealed secret belongs to. It opens for no other account and no other endpoint. */
export interface SealContext {
  readonly accountId: string;
  readonly endpointId: string;
}

/** Why a sealed secret did not open. */
export type SealedSecretFault =
  /** It is not written as {@link seal} writes it. */
  | 'malformed'
  /** The key ring does not have the key that it names. */
  | 'unknown-key'
  /** It was changed, or belongs to another account or endpoint, or the key behind the id is another one. */
  | 'not-authentic';

const explanations: Readonly<Record<SealedSecretFault, string>> = {
  malformed: 'The sealed secret is malformed.',
  'unknown-key': 'The sealed secret names a key that is not in the key ring.',
  'not-authentic': 'The sealed secret was changed, or belongs to something else, or was sealed with another key.',
};

/** A sealed secret did not open. Neither the message nor a cause has any part of it. */
export class SealedSecretError extends Error {
  readonly code = 'sealed-secret';
  readonly reason: SealedSecretFault;

  constructor(reason: SealedSecretFault) {
    super(explanations[reason]);
    this.name = 'SealedSecretError';
    this.reason = reason;
  }
}

/**
 * Encrypts a secret with the ring's first key, for one endpoint of one account, as AES-256-GCM with a random 96-bit
 * initialisation vector. One key may seal up to 2³² secrets that way (NIST SP 800-38D, 8.3).
 *
 * @param plaintext any text, the empty one too.
 * @returns printable ASCII without spaces: `v1.<kid>.<base64url of iv, ciphertext and tag>`. Sealing the same secret again
 *   gives another text.
 * @throws {TypeError} if the account or the endpoint is empty, or the plaintext has half a surrogate pair, which would not
 *   survive the way through UTF-8.
 */
export function seal(ring: KeyRing, plaintext: string, context: SealContext): string {
  if (!plaintext.isWellFormed()) throw new TypeError('The secret must be well-formed Unicode.');
  const kid = ring.sealingKid;
  const key = ring.keys.get(kid);
  if (key === undefined) throw new TypeError('The key ring does not have its own sealing key.');

  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(kid, context));
  const sealed = Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${kid}.${sealed.toString('base64url')}`;
}

/**
 * Decrypts what {@link seal} made, with whichever key of the ring it names.
 *
 * @param context the same account and endpoint as when it was sealed.
 * @throws {SealedSecretError} with the reason, if it does not open; never anything else because of what is in `sealed`.
 * @throws {TypeError} if the account or the endpoint is empty.
 */
export function open(ring: KeyRing, sealed: string, context: SealContext): string {
  const { kid, bytes } = parse(sealed);
  const aad = boundTo(kid, context);
  const key = ring.keys.get(kid);
  if (key === undefined) throw new SealedSecretError('unknown-key');

  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const decrypted = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  try {
    // Nothing that was decrypted leaves this function before the tag has been checked here.
    return Buffer.concat([decrypted, decipher.final()]).toString('utf8');
  } catch {
    throw new SealedSecretError('not-authentic');
  }
}

/**
 * The id of the key that a secret is sealed with, `undefined` for a text that {@link seal} can't have made. After a change
 * of key, whatever names an old key is opened and sealed again. It is not proof of anything: only {@link open} is.
 */
export function sealedWith(sealed: string): string | undefined {
  try {
    return parse(sealed).kid;
  } catch {
    return undefined;
  }
}

/** Takes a sealed text apart, without any key. Throws a `SealedSecretError` for anything but the one canonical spelling. */
function parse(sealed: string): { kid: string; bytes: Buffer } {
  const match = typeof sealed === 'string' ? /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)$/.exec(sealed) : null;
  const [, kid, encoded] = match ?? [];
  if (kid === undefined || encoded === undefined) throw new SealedSecretError('malformed');

  const bytes = Buffer.from(encoded, 'base64url');
  // The last digit can have bits that mean nothing. Without this a changed text could still open.
  if (bytes.toString('base64url') !== encoded || bytes.length < IV_BYTES + TAG_BYTES) throw new SealedSecretError('malformed');
  return { kid, bytes };
}

/**
 * What is authenticated together with the ciphertext. JSON keeps the parts apart whatever is in them, so that no account
 * and endpoint can be taken for another pair.
 */
function boundTo(kid: string, { accountId, endpointId }: SealContext): Buffer {
  if (!isId(accountId) || !isId(endpointId)) throw new TypeError('A secret is sealed for an account and an endpoint.');
  return Buffer.from(JSON.stringify([VERSION, kid, accountId, endpointId]), 'utf8');
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
