import { createSecretKey } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';

/** What tests configure a service with and make tokens for, unless they say otherwise. */
export const testAccess = {
  secret: 'a-secret-for-tests-of-more-than-32-characters',
  audience: 'webhooks',
  issuer: 'https://id.cepro.example',
} as const;

/** A service's variables to go with {@link testAccess}. */
export const testAccessEnv = {
  AUTH_JWT_SECRET: testAccess.secret,
  AUTH_AUDIENCE: testAccess.audience,
  AUTH_ISSUER: testAccess.issuer,
} as const;

export interface TokenOptions {
  /** The claim `account_id`; left out when undefined. */
  readonly accountId?: string | undefined;
  /** Default: both `webhooks:read` and `webhooks:write`. */
  readonly scope?: string;
  readonly secret?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Default: 300. Below zero: it has expired. */
  readonly expiresInSeconds?: number;
  readonly alg?: 'HS256' | 'HS384' | 'HS512';
}

/** A bearer token as CE Pro would issue it. */
export function anAccessToken(options: TokenOptions): Promise<string> {
  const { secret = testAccess.secret, alg = 'HS256' } = options;
  return new SignJWT(claims(options)).setProtectedHeader({ alg, typ: 'JWT' }).sign(createSecretKey(secret, 'utf8'));
}

/** One that looks right and is signed with another secret. */
export function aForgedToken(options: TokenOptions): Promise<string> {
  return anAccessToken({ ...options, secret: 'the-secret-of-somebody-else-entirely-0000' });
}

/** One that says of itself that it needs no signature (`alg: none`). */
export function anUnsignedToken(options: TokenOptions): string {
  return new UnsecuredJWT(claims(options)).encode();
}

function claims(options: TokenOptions): Record<string, string | number> {
  const { accountId, scope = 'webhooks:read webhooks:write', audience = testAccess.audience, issuer = testAccess.issuer } = options;
  const now = Math.floor(Date.now() / 1_000);
  return {
    ...(accountId !== undefined && { account_id: accountId, sub: `user-of-${accountId}` }),
    scope,
    aud: audience,
    iss: issuer,
    iat: now,
    exp: now + (options.expiresInSeconds ?? 300),
  };
}
