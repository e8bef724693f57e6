import { describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { aForgedToken, anAccessToken, anUnsignedToken, testAccess } from './index.ts';

const key = new TextEncoder().encode(testAccess.secret);
const expected = { algorithms: ['HS256'], audience: testAccess.audience, issuer: testAccess.issuer };

describe('tokens for tests', () => {
  it('are good for the account and both scopes', async () => {
    const { payload } = await jwtVerify(await anAccessToken({ accountId: 'acct_42' }), key, expected);
    expect(payload).toMatchObject({ account_id: 'acct_42', scope: 'webhooks:read webhooks:write' });
  });

  it('can be wrong in one respect each', async () => {
    const accountId = 'acct_42';
    await expect(jwtVerify(await anAccessToken({ accountId, expiresInSeconds: -10 }), key, expected)).rejects.toThrow('exp');
    await expect(jwtVerify(await anAccessToken({ accountId, audience: 'other' }), key, expected)).rejects.toThrow('aud');
    await expect(jwtVerify(await anAccessToken({ accountId, issuer: 'other' }), key, expected)).rejects.toThrow('iss');
    await expect(jwtVerify(await anAccessToken({ accountId, alg: 'HS512' }), key, expected)).rejects.toThrow('alg');
    await expect(jwtVerify(await aForgedToken({ accountId }), key, expected)).rejects.toThrow('signature');
    expect(decodeJwt(await anAccessToken({}))).not.toHaveProperty('account_id');
    expect(decodeProtectedHeader(anUnsignedToken({ accountId }))).toEqual({ alg: 'none' });
  });
});
