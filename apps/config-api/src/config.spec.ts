import { describe, expect, it } from '@jest/globals';
import { InvalidEnvironmentError } from '@cepro/service';
import { declaredVariables, readmeVariables } from '@cepro/testkit';
import { readConfig, readDatabaseConfig, readRebuildConfig, readResealConfig, variables } from './config.ts';

const key = Buffer.alloc(32, 7).toString('base64');
const env = {
  NATS_URL: 'nats://127.0.0.1:4222',
  DATABASE_URL: 'postgres://user:sesame@127.0.0.1/webhooks',
  SECRETS_KEY_RING: `k1:${key}`,
  AUTH_JWT_SECRET: 'x'.repeat(32),
  AUTH_AUDIENCE: 'webhooks',
  AUTH_ISSUER: 'https://id.cepro.example',
};

function faultsOf(changed: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...env, ...changed });
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('has the defaults that the README names', () => {
    expect(readConfig(env)).toMatchObject({
      LOG_LEVEL: 'info', MANAGEMENT_HOST: '0.0.0.0', MANAGEMENT_PORT: 9101, HTTP_HOST: '0.0.0.0', HTTP_PORT: 3001, HTTP_BODY_LIMIT_BYTES: 65_536,
      DATABASE_POOL_SIZE: 10, DATABASE_TIMEOUT_MS: 5_000, ENDPOINTS_PER_ACCOUNT: 50, SEND_TEST_TIMEOUT_MS: 15_000, egressPolicy: { allowedCidrs: [], allowedPorts: 'any' },
      access: { AUTH_AUDIENCE: 'webhooks' }, SECRETS_KEY_RING: { sealingKid: 'k1' },
    });
  });

  it('lets the policy of 410 be switched off, and asks for no more than is remembered', () => {
    expect(readConfig(env)).toMatchObject({ AUTO_DISABLE_GONE_DELIVERIES: 3, AUTO_DISABLE_MIN_FAILED_DELIVERIES: 20 });
    expect(readConfig({ ...env, AUTO_DISABLE_GONE_DELIVERIES: '0' })).toMatchObject({ AUTO_DISABLE_GONE_DELIVERIES: 0 });
    const faults = faultsOf({ AUTO_DISABLE_GONE_DELIVERIES: '21', AUTO_DISABLE_MIN_FAILED_DELIVERIES: '101' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['AUTO_DISABLE_MIN_FAILED_DELIVERIES', 'AUTO_DISABLE_GONE_DELIVERIES']);
  });

  it('reads the name servers', () => {
    expect(readConfig({ ...env, EGRESS_DNS_SERVERS: '127.0.0.1:5353, [::1]:53' }).EGRESS_DNS_SERVERS).toEqual(['127.0.0.1:5353', '[::1]:53']);
  });

  it('names every fault at once, of every kind, without what is secret', () => {
    const faults = faultsOf({
      NATS_URL: 'http://x', SECRETS_KEY_RING: `k1:${key.slice(4)}`, AUTH_JWKS_URL: 'https://id.example/jwks', EGRESS_ALLOWED_CIDRS: '10.0.0.1/8', EGRESS_ALLOWED_PORTS: '0',
      EGRESS_DNS_SERVERS: 'dns.example', HTTP_PORT: 'x', SEND_TEST_TIMEOUT_S: '15',
    });
    for (const name of [
      'NATS_URL', 'SECRETS_KEY_RING', 'AUTH_JWKS_URL, AUTH_JWT_SECRET', 'EGRESS_ALLOWED_CIDRS', 'EGRESS_ALLOWED_PORTS', 'EGRESS_DNS_SERVERS', 'HTTP_PORT', 'SEND_TEST_TIMEOUT_S',
    ]) expect(faults.filter((fault) => fault.startsWith(`${name}: `))).toHaveLength(1);
    expect(faults).toHaveLength(8);
    expect(faults.join()).not.toContain(key.slice(4, 12));
  });

  it('names everything that is required when nothing is set', () => {
    const required = ['NATS_URL', 'DATABASE_URL', 'SECRETS_KEY_RING', 'AUTH_AUDIENCE', 'AUTH_ISSUER', 'AUTH_JWKS_URL, AUTH_JWT_SECRET'];
    const faults = faultsOf(Object.fromEntries(Object.keys(env).map((name) => [name, ''])));
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(required);
  });
});

describe('the commands', () => {
  it('read no more than they need', () => {
    const { NATS_URL, DATABASE_URL, SECRETS_KEY_RING } = env;
    expect(readDatabaseConfig({ DATABASE_URL })).toEqual({ DATABASE_URL, DATABASE_POOL_SIZE: 10 });
    expect(readRebuildConfig({ NATS_URL, DATABASE_URL })).toMatchObject({ NATS_URL, DATABASE_URL });
    expect(readResealConfig({ NATS_URL, SECRETS_KEY_RING })).toMatchObject({ NATS_URL });
  });
});

describe('the README', () => {
  it('lists every variable with its default, and no other', () => {
    expect(readmeVariables(new URL('../README.md', import.meta.url))).toEqual(declaredVariables(variables));
  });
});
