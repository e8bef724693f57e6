import { DomainError, isAccountId } from '@cepro/contracts';
import { createParamDecorator, Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { InvalidEnvironmentError, variable } from '../environment.ts';

/** The variables by which a service is told whom to trust. */
export const accessVariables = {
  AUTH_JWKS_URL: variable.optional(variable.url({ schemes: ['https:', 'http:'] })),
  AUTH_JWT_SECRET: variable.optional(variable.text({ what: 'the shared secret of HS256 tokens', minLength: 32 })),
  AUTH_JWT_ALGORITHM: variable.optional(
    z.enum(['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'], { error: 'must be a JWS algorithm such as RS256' }),
  ),
  AUTH_AUDIENCE: variable.text({ what: 'the audience that tokens must name' }),
  AUTH_ISSUER: variable.text({ what: 'the issuer that tokens must name' }),
} as const;

export interface AccessConfig {
  readonly AUTH_JWKS_URL?: string | undefined;
  readonly AUTH_JWT_SECRET?: string | undefined;
  readonly AUTH_JWT_ALGORITHM?: string | undefined;
  readonly AUTH_AUDIENCE: string;
  readonly AUTH_ISSUER: string;
}

/**
 * Checks what single variables can't: exactly one source of keys, and an algorithm that fits it.
 * @throws InvalidEnvironmentError
 */
export function checkAccess<C extends AccessConfig>(config: C): C {
  const { AUTH_JWKS_URL: jwks, AUTH_JWT_SECRET: secret, AUTH_JWT_ALGORITHM: algorithm } = config;
  const faults: string[] = [];
  if (Boolean(jwks) === Boolean(secret)) faults.push('AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one of them is required');
  else if (algorithm && algorithm.startsWith('HS') !== Boolean(secret)) {
    faults.push(`AUTH_JWT_ALGORITHM: ${algorithm} does not go with ${secret ? 'AUTH_JWT_SECRET' : 'AUTH_JWKS_URL'}`);
  }
  if (faults.length > 0) throw new InvalidEnvironmentError(faults);
  return config;
}

/** Who calls: the token's account. */
export interface Caller {
  readonly accountId: string;
}

export type Scope = 'webhooks:read' | 'webhooks:write';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a token needs for the route. A route without one is refused to everybody, unless it is open. */
    scope?: Scope;
    /** True for a route that needs no token. */
    open?: boolean;
    /** What the body may hold, in bytes, where that is more than elsewhere. */
    bodyLimitBytes?: number;
  }
  interface FastifyRequest {
    caller?: Caller;
  }
}

/**
 * The scope that a token needs for a route. A route without one is refused to everybody. `bodyLimitBytes`: for one whose body
 * may be larger than that of the others.
 */
export const RequireScope = (scope: Scope, options: { readonly bodyLimitBytes?: number } = {}) => RouteConfig({ scope, ...options });

/** The caller's account id. */
export const Account = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new DomainError('unauthenticated');
  return caller.accountId;
});

/** How far the issuer's clock and this one may be apart, in seconds. */
const clockToleranceSeconds = 5;

/** Under which Nest provides the {@link AccessConfig}. */
export const ACCESS = Symbol('access');

/**
 * Lets a request pass whose bearer token is signed with the pinned algorithm, has not expired, names this audience and
 * issuer, and has the route's scope.
 *
 * It is no guard of Nest's, since those are asked after Fastify has read the body: whoever may not call is told so whatever
 * the body is, and no byte of it is read for them.
 */
@Injectable()
export class AccessGuard {
  readonly #key: Uint8Array | JWTVerifyGetKey;
  readonly #options;

  constructor(@Inject(ACCESS) config: AccessConfig) {
    const { AUTH_JWKS_URL: jwks, AUTH_JWT_SECRET: secret } = config;
    this.#key = jwks ? createRemoteJWKSet(new URL(jwks)) : new TextEncoder().encode(secret);
    this.#options = {
      algorithms: [config.AUTH_JWT_ALGORITHM ?? (jwks ? 'RS256' : 'HS256')],
      audience: config.AUTH_AUDIENCE,
      issuer: config.AUTH_ISSUER,
      requiredClaims: ['exp', 'account_id'],
      clockTolerance: clockToleranceSeconds,
    };
  }

  /**
   * Notes on the request who calls.
   * @throws DomainError `unauthenticated`, `insufficient-scope`, or `unavailable` if the keys can't be had.
   */
  async admit(request: FastifyRequest): Promise<void> {
    const { open, scope } = request.routeOptions.config;
    if (open) return;
    const claims = await this.#verify(request.headers.authorization);
    const accountId = claims['account_id'];
    if (!isAccountId(accountId)) throw new DomainError('unauthenticated', 'The token names no valid account.');
    if (!scope || !scopesOf(claims).includes(scope)) throw new DomainError('insufficient-scope', `The scope ${scope} is needed.`);
    request.caller = { accountId };
  }

  async #verify(authorization: string | undefined): Promise<JWTPayload> {
    const token = /^Bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1];
    if (!token) throw new DomainError('unauthenticated', 'Send an Authorization header with a bearer token.');
    try {
      const verified = this.#key instanceof Uint8Array
        ? await jwtVerify(token, this.#key, this.#options)
        : await jwtVerify(token, this.#key, this.#options);
      return verified.payload;
    } catch (error) {
      if (isTokenFault(error)) throw new DomainError('unauthenticated', detailOf(error));
      // The keys could not be fetched: nothing is known about the token.
      throw new DomainError('unavailable', 'The keys to check the token with could not be fetched.', undefined, { cause: error });
    }
  }
}

function isTokenFault(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // jose throws its base class itself when the answer to its request for keys was not one.
  return error instanceof errors.JOSEError ? error.code !== 'ERR_JOSE_GENERIC' : error instanceof SyntaxError;
}

function detailOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The token's claim "${error.claim}" is not acceptable.`;
  return 'The token is not valid.';
}

function scopesOf({ scope }: JWTPayload): string[] {
  if (typeof scope === 'string') return scope.split(' ');
  return Array.isArray(scope) ? scope.filter((each) => typeof each === 'string') : [];
}
