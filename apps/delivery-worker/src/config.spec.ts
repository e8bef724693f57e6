import { describe, expect, it } from '@jest/globals';
import { declaredVariables, readmeVariables } from '@cepro/testkit';
import { InvalidEnvironmentError } from '@cepro/service';
import { readConfig, variables } from './config.ts';

describe('the README', () => {
  it('lists every variable with its default, and no other', () => {
    expect(readmeVariables(new URL('../README.md', import.meta.url))).toEqual(declaredVariables(variables));
  });
});

describe('readConfig', () => {
  it('names every fault at once', () => {
    const read = () => readConfig({
      NATS_URL: 'http://nats', SECRETS_KEY_RING: 'k1:short', DELIVERY_TIMEOUT_S: '10', DELIVERY_RETRY_DELAYS_MS: '10s,60s', DELIVERY_JITTER_PERCENT: '-1',
      EGRESS_ALLOWED_CIDRS: '10.0.0.1/8', EGRESS_ALLOWED_PORTS: '0', EGRESS_DNS_SERVERS: 'dns.example',
    });
    expect(read).toThrow(InvalidEnvironmentError);
    for (const name of ['NATS_URL', 'SECRETS_KEY_RING', 'DELIVERY_TIMEOUT_S', 'DELIVERY_RETRY_DELAYS_MS', 'DELIVERY_JITTER_PERCENT', 'EGRESS_ALLOWED_CIDRS', 'EGRESS_ALLOWED_PORTS', 'EGRESS_DNS_SERVERS']) {
      expect(read).toThrow(name);
    }
  });

  it('names each fault of a list by itself, and its variable once', () => {
    let faults: readonly string[] = [];
    try {
      readConfig({ NATS_URL: 'nats://nats', SECRETS_KEY_RING: `k1:${Buffer.alloc(32).toString('base64')}`, EGRESS_ALLOWED_CIDRS: '10.0.0.1/8, nonsense' });
    } catch (error) {
      faults = (error as InvalidEnvironmentError).faults;
    }
    expect(faults).toEqual([expect.stringMatching(/^EGRESS_ALLOWED_CIDRS: (?!EGRESS).*10\.0\.0\.1\/8/), expect.stringMatching(/^EGRESS_ALLOWED_CIDRS: (?!EGRESS).*nonsense/)]);
  });
});
