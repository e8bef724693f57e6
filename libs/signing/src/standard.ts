import { createHmac } from 'node:crypto';
import { isBody, type Body } from './body.ts';
import { sameText } from './constant-time.ts';
import { signingKeyIfValid, type SigningKey } from './secret.ts';

/** How far a timestamp may be from the receiver's clock, in seconds: what the Standard Webhooks libraries use. */
const DEFAULT_TOLERANCE_SECONDS = 5 * 60;

/** A message to sign by the Standard Webhooks scheme. */
export interface StandardMessage {
  /** `webhook-id`: the same for every attempt of a delivery. Not empty, and without a full stop. */
  readonly id: string;
  /** `webhook-timestamp`: whole seconds since 1970 of this attempt. */
  readonly timestamp: number;
  /** What is sent, byte for byte; text is sent as UTF-8. */
  readonly body: Body;
}

/** The three headers as they were received, `undefined` where one was missing. */
export interface StandardHeaders {
  /** `webhook-id`. */
  readonly id: string | undefined;
  /** `webhook-timestamp`. */
  readonly timestamp: string | undefined;
  /** `webhook-signature`: one or more signatures, separated by spaces. */
  readonly signature: string | undefined;
}

/** Why a message was not accepted. */
export type StandardRefusal =
  | 'secret-invalid'
  | 'header-missing'
  | 'timestamp-malformed'
  | 'timestamp-too-old'
  | 'timestamp-too-new'
  | 'signature-mismatch';

/** The outcome of {@link verifyStandard}. */
export type StandardVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: StandardRefusal };

/** What {@link verifyStandard} takes besides the message. */
export interface StandardOptions {
  /** The receiver's clock in seconds since 1970; the system's clock by default. */
  readonly now?: number;
  /** How far the timestamp may lie in the past or in the future, in seconds; 300 by default. */
  readonly toleranceSeconds?: number;
}

/**
 * The value of `webhook-signature`: `v1,` and the padded base64 of HMAC-SHA256 over `id.timestamp.body`, keyed with the
 * decoded part of the secret (Standard Webhooks 1.0.0, "Signature scheme").
 *
 * @throws {RangeError} if the id is empty or has a full stop, or the timestamp is not a whole number of seconds from 0 up.
 */
export function signStandard(key: SigningKey, { id, timestamp, body }: StandardMessage): string {
  // The full stop is the delimiter of what is signed. An id with one in it could be read as another id and timestamp.
  if (id === '' || id.includes('.')) throw new RangeError('The webhook id must not be empty or have a full stop.');
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new RangeError('The webhook timestamp must be whole Unix seconds.');
  return `v1,${digest(key, id, String(timestamp), body)}`;
}

/**
 * Whether a message was signed with this secret, and recently. Constant time, and never throws. One right `v1` signature
 * among those listed is enough, so that a secret can be changed with both in use; other versions are passed over.
 *
 * @param secret the endpoint's secret with its `whsec_`.
 * @param headers the raw header values.
 * @param body the raw body as it was received, before any parsing.
 */
export function verifyStandard(secret: string, headers: StandardHeaders, body: Body, options: StandardOptions = {}): StandardVerdict {
  const key = signingKeyIfValid(secret);
  if (key === undefined) return refused('secret-invalid');

  const { id, timestamp, signature }: Partial<StandardHeaders> = headers ?? {};
  if (!isFilled(id) || !isFilled(timestamp) || !isFilled(signature)) return refused('header-missing');
  // One spelling only: the signature covers the text of the number, so a lenient reading could check one instant and
  // authenticate another.
  if (!/^(0|[1-9]\d{0,14})$/.test(timestamp)) return refused('timestamp-malformed');

  const { now = Math.floor(Date.now() / 1000), toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = options;
  const age = now - Number(timestamp);
  // Written so that a clock or a tolerance that is not a number refuses instead of accepting every age.
  if (!(age <= toleranceSeconds)) return refused('timestamp-too-old');
  if (!(-age <= toleranceSeconds)) return refused('timestamp-too-new');

  if (!isBody(body) || id.includes('.')) return refused('signature-mismatch');
  const expected = `v1,${digest(key, id, timestamp, body)}`;
  // Every candidate is compared, whichever matched before, so that time does not tell which of them was right.
  let matches = 0;
  for (const candidate of signature.split(' ')) matches += Number(sameText(expected, candidate));
  return matches > 0 ? { ok: true } : refused('signature-mismatch');
}

function digest(key: SigningKey, id: string, timestamp: string, body: Body): string {
  // The body goes in by itself, as bytes. Joining it into a string first would break a body that is not valid UTF-8.
  return createHmac('sha256', key.standard).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

function isFilled(value: string | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function refused(reason: StandardRefusal): StandardVerdict {
  return { ok: false, reason };
}
