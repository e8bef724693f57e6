import { describe, expect, it } from '@jest/globals';
import { InvalidEnvironmentError, readEnvironment } from '../environment.ts';
import { accessVariables, checkAccess } from './access.guard.ts';

const secret = 'hunter2-'.repeat(5);
const jwks = 'https://id.example.com/jwks.json';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    checkAccess(readEnvironment(accessVariables, { AUTH_AUDIENCE: 'webhooks', AUTH_ISSUER: 'https://id.example.com', ...env }));
    return [];
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
}

describe('whom a service trusts', () => {
  it.each<Record<string, string>>([
    { AUTH_JWKS_URL: jwks }, { AUTH_JWT_SECRET: secret }, { AUTH_JWKS_URL: jwks, AUTH_JWT_SECRET: '' }, { AUTH_JWKS_URL: jwks, AUTH_JWT_ALGORITHM: 'ES256' }, { AUTH_JWKS_URL: jwks, AUTH_JWT_ALGORITHM: 'EdDSA' },
    { AUTH_JWT_SECRET: secret, AUTH_JWT_ALGORITHM: 'HS512' },
  ])('may be %j', (env) => expect(faultsOf(env)).toEqual([]));

  it('is one, and one only', () => {
    const fault = 'AUTH_JWKS_URL, AUTH_JWT_SECRET: exactly one of them is required';
    expect(faultsOf({})).toEqual([fault]);
    expect(faultsOf({ AUTH_JWKS_URL: '', AUTH_JWT_SECRET: '' })).toEqual([fault]);
    expect(faultsOf({ AUTH_JWKS_URL: jwks, AUTH_JWT_SECRET: secret })).toEqual([fault]);
  });

  it.each(['HS256', 'HS384', 'HS512'])('does not take the public key of a JWKS for the secret of %s', (algorithm) => {
    expect(faultsOf({ AUTH_JWKS_URL: jwks, AUTH_JWT_ALGORITHM: algorithm })).toEqual([`AUTH_JWT_ALGORITHM: ${algorithm} does not go with AUTH_JWKS_URL`]);
  });

  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('does not take a secret for the public key of %s', (algorithm) => {
    expect(faultsOf({ AUTH_JWT_SECRET: secret, AUTH_JWT_ALGORITHM: algorithm })).toEqual([`AUTH_JWT_ALGORITHM: ${algorithm} does not go with AUTH_JWT_SECRET`]);
  });

  it.each(['none', 'hs256', 'RS1', 'A256KW'])('is not told by %s', (algorithm) => {
    expect(faultsOf({ AUTH_JWKS_URL: jwks, AUTH_JWT_ALGORITHM: algorithm })).toEqual(['AUTH_JWT_ALGORITHM: must be a JWS algorithm such as RS256']);
  });

  it('has a name and an audience', () => {
    expect(faultsOf({ AUTH_JWKS_URL: jwks, AUTH_AUDIENCE: '', AUTH_ISSUER: '' })).toEqual([expect.stringContaining('AUTH_AUDIENCE: is required'), expect.stringContaining('AUTH_ISSUER: is required')]);
  });

  it('has no short secret, and does not tell it', () => {
    const faults = faultsOf({ AUTH_JWT_SECRET: 'hunter2' });
    expect(faults).toEqual(['AUTH_JWT_SECRET: must be the shared secret of HS256 tokens, 32 characters or more']);
    expect(faultsOf({ AUTH_JWKS_URL: `ftp://user:hunter2@id.example.com` }).join()).not.toContain('hunter2');
  });
});
