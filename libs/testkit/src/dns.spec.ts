import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Resolver } from 'node:dns/promises';
import { startDns, type DnsServer } from './index.ts';

describe('startDns', () => {
  let server: DnsServer;
  let resolver: Resolver;
  const resolverOf = (timeout: number) => {
    const made = new Resolver({ timeout, tries: 1 });
    made.setServers([server.address]);
    return made;
  };

  beforeEach(async () => {
    server = await startDns({
      answer(name, type) {
        if (name === 'silent.test') return 'DROP';
        if (name === 'broken.test') return 'SERVFAIL';
        if (name !== 'hooks.test') return 'NXDOMAIN';
        return type === 'A' ? ['127.0.0.1', '10.0.0.7'] : type === 'AAAA' ? ['::1'] : [];
      },
    });
    resolver = resolverOf(60_000);
  });

  afterEach(() => server.stop());

  it('answers with what it is told, and records the questions', async () => {
    expect(await resolver.resolve4('Hooks.test')).toEqual(['127.0.0.1', '10.0.0.7']);
    expect(await resolver.resolve6('hooks.test')).toEqual(['::1']);
    expect(server.queries).toEqual([{ name: 'hooks.test', type: 'A' }, { name: 'hooks.test', type: 'AAAA' }]);
  });

  it.each([['nowhere.test', 'ENOTFOUND'], ['broken.test', 'ESERVFAIL']])('fails for %s with %s', async (name, code) => {
    await expect(resolver.resolve4(name)).rejects.toHaveProperty('code', code);
  });

  it('does not answer for silent.test', async () => {
    await expect(resolverOf(100).resolve4('silent.test')).rejects.toHaveProperty('code', 'ETIMEOUT');
  });

  it('knows names without a record of the wanted type', async () => {
    await expect(resolver.resolveMx('hooks.test')).rejects.toHaveProperty('code', 'ENODATA');
  });
});
