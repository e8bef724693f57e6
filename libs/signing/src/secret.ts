import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';

/** What every secret starts with, so that people and secret scanners recognise one (Standard Webhooks 1.0.0). */
const PREFIX = 'whsec_';

/** Bytes of randomness in a new secret: the width of SHA-256, beyond which a longer HMAC key adds nothing (RFC 2104, 3). */
const NEW_SECRET_BYTES = 32;

/** Standard Webhooks 1.0.0: a symmetric secret has at least 24 bytes (192 bits) and at most 64 (512 bits). */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** The secret is not one of ours. The message says what is wrong, and never repeats any part of the secret. */
export class InvalidSecretError extends Error {
  readonly code = 'invalid-secret';

  constructor(fault: string) {
    super(`The signing secret ${fault}.`);
    this.name = 'InvalidSecretError';
  }
}

/**
 * An endpoint's secret, ready to sign with. One secret gives two keys, because the two schemes read it differently.
 * They are `KeyObject`s: logging or inspecting one shows its size, never its bytes.
 */
export interface SigningKey {
  /** For `X-Webhook-Signature`: the UTF-8 bytes of the whole secret, as CE Pro's article has its readers do it. */
  readonly cePro: KeyObject;
  /** For `webhook-signature`: the bytes that the part after `whsec_` stands for. */
  readonly standard: KeyObject;
}

/** A new signing secret: `whsec_` and the base64 of 32 random bytes, 50 characters of ASCII. */
export function generateSecret(): string {
  return PREFIX + randomBytes(NEW_SECRET_BYTES).toString('base64');
}

/**
 * Prepares both keys of a secret. Do it once for an endpoint and keep the result: signing then parses nothing.
 *
 * @param secret `whsec_` followed by the padded base64 of 24 to 64 bytes, as {@link generateSecret} makes it.
 * @throws {InvalidSecretError} if it is anything else.
 */
export function signingKey(secret: string): SigningKey {
  if (typeof secret !== 'string' || !secret.startsWith(PREFIX)) throw new InvalidSecretError(`does not start with ${PREFIX}`);

  const encoded = secret.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is not base64. Only the one exact spelling is let through: another spelling of the same bytes would
  // be the same Standard Webhooks key, but a different CE Pro key, and half of the receivers would be refused.
  if (bytes.toString('base64') !== encoded) throw new InvalidSecretError(`is not ${PREFIX} followed by base64`);
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new InvalidSecretError(`does not stand for ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes`);
  }

  return { cePro: createSecretKey(secret, 'utf8'), standard: createSecretKey(bytes) };
}

/** The keys of a secret that was handed over by someone else, `undefined` where {@link signingKey} would throw. */
export function signingKeyIfValid(secret: string): SigningKey | undefined {
  try {
    return signingKey(secret);
  } catch (error) {
    if (error instanceof InvalidSecretError) return undefined;
    throw error;
  }
}
