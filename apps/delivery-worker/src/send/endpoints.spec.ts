import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newEndpointId, type EndpointEvent } from '@cepro/contracts';
import { parseKeyRing, seal, SealedSecretError } from '@cepro/secrets';
import { generateSecret, signCePro, signingKey } from '@cepro/signing';
import { Endpoints } from './endpoints.ts';

const ring = parseKeyRing(`k1:${randomBytes(32).toString('base64')}`);
const accountId = 'acct_42';
const endpointId = newEndpointId();
const address = { accountId, endpointId };
const at = '2026-03-08T14:30:00.000Z';
const secret = generateSecret();
const created = (sealedSecret = seal(ring, secret, address)): EndpointEvent => ({
  type: 'created', at, url: 'https://a.example', events: ['invoice.paid'], active: true, description: null, sealedSecret,
});

/** Endpoints that have taken these changes of the one endpoint, in turn. */
function given(...changes: EndpointEvent[][]): Endpoints {
  const endpoints = new Endpoints(ring);
  changes.forEach((events, index) => endpoints.apply({ ...address, version: index + 1, events }));
  return endpoints;
}

const signs = (endpoints: Endpoints) => signCePro(endpoints.keyOf(endpoints.find(accountId, endpointId)!), 'body');

describe('Endpoints', () => {
  it('are found as their changes made them', () => {
    const endpoints = given([created()], [{ type: 'changed', at, url: 'https://b.example' }], [{ type: 'disabled', at, reason: 'user' }]);
    expect(endpoints.find(accountId, endpointId)).toMatchObject({ url: 'https://b.example', active: false, lastDisabledVersion: 3, version: 3 });
  });

  it('are nothing to another account', () => {
    expect(given([created()]).find('acct_43', endpointId)).toBeUndefined();
  });

  it('are gone when deleted, and stay so', () => {
    const endpoints = given([created()], [{ type: 'deleted', at }], [{ type: 'enabled', at }]);
    expect(endpoints.find(accountId, endpointId)).toBeUndefined();
  });

  it('that are not known are not found, whatever is changed of them', () => {
    expect(given([{ type: 'enabled', at }]).find(accountId, endpointId)).toBeUndefined();
  });

  it('have the key of their secret, opened once', () => {
    const endpoints = given([created()]);
    expect(signs(endpoints)).toBe(signCePro(signingKey(secret), 'body'));
    const endpoint = endpoints.find(accountId, endpointId)!;
    expect(endpoints.keyOf(endpoint)).toBe(endpoints.keyOf(endpoint));
  });

  it('have the key of the secret that was sealed last', () => {
    const newer = generateSecret();
    const endpoints = given([created()]);
    signs(endpoints);
    endpoints.apply({ ...address, version: 2, events: [{ type: 'secret_sealed', at, sealedSecret: seal(ring, newer, address) }] });
    expect(signs(endpoints)).toBe(signCePro(signingKey(newer), 'body'));
  });

  it('whose secret was sealed with a key that is not in the ring, or for somebody else, can not be signed for', () => {
    const other = parseKeyRing(`k2:${randomBytes(32).toString('base64')}`);
    expect(() => signs(given([created(seal(other, secret, address))]))).toThrow(SealedSecretError);
    expect(() => signs(given([created(seal(ring, secret, { ...address, accountId: 'acct_43' }))]))).toThrow(SealedSecretError);
    expect(() => signs(given([created('rubbish')]))).toThrow(SealedSecretError);
  });
});
