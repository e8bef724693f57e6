import { describe, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { declaredVariables, readmeVariables } from '@cepro/testkit';
import { keysVariables, permissionsVariables, readPermissionsConfig, variables } from './config.ts';

describe('the README', () => {
  it('lists every variable with its default, and no other', () => {
    expect(readmeVariables(new URL('../README.md', import.meta.url))).toEqual({ ...declaredVariables(variables), ...declaredVariables(permissionsVariables), ...declaredVariables(keysVariables), NATS_PUBLIC_KEYS: '' });
  });
});

describe('the keys of users', () => {
  const key = nkeys.createUser();
  const read = (pairs: string) => readPermissionsConfig({ NATS_PUBLIC_KEYS: pairs });

  it('are public ones of users that there are', () => {
    expect(read(`invoices=${key.getPublicKey()}, leads=${key.getPublicKey()}`)).toMatchObject({ NATS_PUBLIC_KEYS: { invoices: key.getPublicKey(), leads: key.getPublicKey() } });
    expect(() => read(`nobody=${key.getPublicKey()}`)).toThrow('NATS_PUBLIC_KEYS: names "nobody"');
    expect(() => read(`invoices=${nkeys.createAccount().getPublicKey()}`)).toThrow('for invoices');
  });

  it('are no seeds, and a seed is not repeated', () => {
    const seed = new TextDecoder().decode(key.getSeed());
    const failure = (() => {
      try {
        return read(`invoices=${seed}`);
      } catch (error) {
        return String(error);
      }
    })();
    expect(failure).toContain('public key');
    expect(failure).not.toContain(seed.slice(2));
  });
});
