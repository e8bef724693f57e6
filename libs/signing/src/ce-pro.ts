import { createHmac } from 'node:crypto';
import { isBody, type Body } from './body.ts';
import { sameText } from './constant-time.ts';
import { signingKeyIfValid, type SigningKey } from './secret.ts';

/**
 * The value of `X-Webhook-Signature`: HMAC-SHA256 of the raw body as 64 lower-case hexadecimal digits, keyed with the
 * UTF-8 bytes of the whole secret (CE Pro's article "Webhook Integrations", Security and Signature Verification).
 *
 * @param body what is sent, byte for byte; text is sent as UTF-8.
 */
export function signCePro(key: SigningKey, body: Body): string {
  return createHmac('sha256', key.cePro).update(body).digest('hex');
}

/**
 * Whether `header` is the `X-Webhook-Signature` of this body. Constant time, and never throws: a missing header, garbage
 * in it, an upper-case spelling, a body that is neither text nor bytes and a secret that is not one are all `false`.
 *
 * @param secret the endpoint's secret with its `whsec_`.
 * @param body the raw body as it was received, before any parsing.
 * @param header the header's value, `undefined` if there was none.
 */
export function verifyCePro(secret: string, body: Body, header: string | undefined): boolean {
  const key = signingKeyIfValid(secret);
  if (key === undefined || typeof header !== 'string' || !isBody(body)) return false;
  return sameText(signCePro(key, body), header);
}
