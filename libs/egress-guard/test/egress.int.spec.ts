import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Agent, request } from 'undici';
import { EgressGuard, parseEgressPolicy, type Cidr, type Resolver } from '../src/index.ts';
import { aCertificate, aReceiver } from './receiver.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const host = 'hooks.example.com';

/** A resolver that gives one answer after the other, the last one again and again, and remembers what it was asked. */
function aResolver(...answers: readonly (readonly string[] | Error)[]) {
  const asked: string[] = [];
  const resolver: Resolver = {
    async resolve(hostname) {
      const answer = answers[Math.min(asked.push(hostname), answers.length) - 1];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer was planned');
      return [...answer];
    },
  };
  return { ...resolver, asked };
}

const never: Resolver = { resolve: () => new Promise(() => {}) };

describe('EgressGuard.inspect', () => {
  const inspect = (resolver: Resolver, url: unknown = `https://${host}/hook`) => new EgressGuard(parseEgressPolicy(), resolver).inspect(url);

  it('accepts a name that leads to public addresses, and gives the URL as it is to be stored', async () => {
    const resolver = aResolver(['93.184.216.34', '2606:2800:220:1::1']);
    const verdict = await inspect(resolver, 'HTTPS://Hooks.Example.com.:443/hook#top');
    expect(verdict).toMatchObject({ ok: true });
    if (verdict.ok) expect(verdict.url.href).toBe('https://hooks.example.com/hook');
    expect(resolver.asked).toEqual([host]);
  });

  it.each([
    [['10.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['127.0.0.1', '93.184.216.34']], [['93.184.216.34', '::1']], [['169.254.169.254']],
    [['93.184.216.34', '2606:2800:220:1::1', '::ffff:10.0.0.1']], [['93.184.216.34', 'not an address']], [['64:ff9b::7f00:1']], [['168.63.129.16']],
  ])('refuses a name that leads to %p', async (addresses) => {
    const verdict = await inspect(aResolver(addresses));
    expect(verdict).toMatchObject({ ok: false, refusal: { code: 'address-not-global' } });
  });

  it('does not tell which address an internal name has', async () => {
    expect(JSON.stringify(await inspect(aResolver(['10.20.30.40'])))).not.toContain('10.20.30.40');
  });

  it.each([[[]], [new Error('SERVFAIL')]])('accepts a name that does not resolve yet: %p', async (answer) => {
    await expect(inspect(aResolver(answer))).resolves.toMatchObject({ ok: true });
  });

  it('asks DNS neither for addresses nor for what is refused anyway', async () => {
    const resolver = aResolver(['93.184.216.34']);
    await expect(inspect(resolver, 'https://8.8.8.8/')).resolves.toMatchObject({ ok: true });
    await expect(inspect(resolver, 'https://[2606:4700::1]/')).resolves.toMatchObject({ ok: true });
    await expect(inspect(resolver, 'https://127.0.0.1/')).resolves.toMatchObject({ ok: false });
    await expect(inspect(resolver, 'https://db.internal/')).resolves.toMatchObject({ ok: false });
    await expect(inspect(resolver, 'http://example.com/')).resolves.toMatchObject({ ok: false });
    await expect(inspect(resolver, 42)).resolves.toMatchObject({ ok: false });
    expect(resolver.asked).toEqual([]);
  });

  it('takes localhost for what is opened of it, without DNS', async () => {
    const resolver = aResolver(['10.0.0.1']);
    const guard = new EgressGuard(parseEgressPolicy({ allowedCidrs: '127.0.0.0/8' }), resolver);
    await expect(guard.inspect('https://localhost:8443/')).resolves.toMatchObject({ ok: true });
    await expect(inspect(resolver, 'https://localhost:8443/')).resolves.toMatchObject({ ok: false, refusal: { code: 'host-internal' } });
    expect(resolver.asked).toEqual([]);
  });
});

describe('EgressGuard.connector', () => {
  let certificate: { key: string; cert: string };
  let receiver: Awaited<ReturnType<typeof aReceiver>>;
  const agents: Agent[] = [];

  beforeAll(async () => {
    certificate = await aCertificate([host, 'localhost', 'hooks.localhost'], ['127.0.0.1', '::1']);
  });
  beforeEach(async () => {
    receiver = await aReceiver(certificate);
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
    await receiver.close();
  });

  function anAgent(allowedCidrs: string, resolver: Resolver, { ca = certificate.cert, timeoutMs = 2000 }: { ca?: string | undefined; timeoutMs?: number } = {}) {
    const guard = new EgressGuard(parseEgressPolicy({ allowedCidrs }), resolver);
    const agent = new Agent({ connections: 1, connect: guard.connector({ timeoutMs, tls: ca === '' ? {} : { ca } }) });
    agents.push(agent);
    return agent;
  }

  async function call(dispatcher: Agent, name = host, headers = {}) {
    const { statusCode, body } = await request(`https://${name}:${receiver.port}/hook`, { dispatcher, method: 'POST', body: '{}', headers });
    return `${statusCode} ${await body.text()}`;
  }

  describe('with 127.0.0.0/8 opened', () => {
    it('really reaches a name at an opened address', async () => {
      const resolver = aResolver(['127.0.0.1']);
      await expect(call(anAgent('127.0.0.0/8', resolver))).resolves.toBe('200 received');
      expect(receiver.seen).toEqual({ connections: 1, requests: 1, serverNames: [host] });
      expect(resolver.asked).toEqual([host]);
    });

    it('really reaches an address in the URL', async () => {
      const resolver = aResolver(['127.0.0.1']);
      await expect(call(anAgent('127.0.0.0/8', resolver), '127.0.0.1')).resolves.toBe('200 received');
      expect(receiver.seen.serverNames).toEqual([false]);
      expect(resolver.asked).toEqual([]);
    });

    it.each(['localhost', 'hooks.localhost', 'LOCALHOST'])('really reaches %s, without DNS', async (name) => {
      const resolver = aResolver(['10.0.0.1']);
      await expect(call(anAgent('127.0.0.0/8', resolver), name)).resolves.toBe('200 received');
      expect(resolver.asked).toEqual([]);
    });

    it('resolves once for each connection, not for each request', async () => {
      const resolver = aResolver(['127.0.0.1']);
      const agent = anAgent('127.0.0.0/8', resolver);
      for (let i = 0; i < 3; i++) await call(agent);
      expect(receiver.seen).toMatchObject({ connections: 1, requests: 3 });
      expect(resolver.asked).toHaveLength(1);

      receiver.server.closeAllConnections();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await call(agent);
      expect(receiver.seen.connections).toBe(2);
      expect(resolver.asked).toHaveLength(2);
    });

    it('tries the next address if one does not answer', async () => {
      await expect(call(anAgent('127.0.0.0/8', aResolver(['127.0.0.9', '127.0.0.1'])))).resolves.toBe('200 received');
    });

    it('fails as the socket does if none answers', async () => {
      await receiver.close();
      await expect(call(anAgent('127.0.0.0/8', aResolver(['127.0.0.1'])))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      receiver = await aReceiver(certificate);
    });
  });

  (hasIpv6 ? it : it.skip)('really reaches an opened IPv6 address, in the URL and behind a name', async () => {
    await receiver.close();
    receiver = await aReceiver(certificate, '::1');
    const resolver = aResolver(['::1']);
    const agent = anAgent('::1/128', resolver);
    await expect(call(agent, '[::1]')).resolves.toBe('200 received');
    await expect(call(agent)).resolves.toBe('200 received');
    await expect(call(agent, 'localhost')).resolves.toBe('200 received');
    expect(resolver.asked).toEqual([host]);
  });

  describe('against DNS rebinding', () => {
    it('refuses when a name was public as it was saved and is not any more', async () => {
      const resolver = aResolver(['93.184.216.34'], ['127.0.0.1']);
      const guard = new EgressGuard(parseEgressPolicy(), resolver);
      await expect(guard.inspect(`https://${host}:${receiver.port}/hook`)).resolves.toMatchObject({ ok: true });

      const agent = new Agent({ connect: guard.connector({ timeoutMs: 2000, tls: { ca: certificate.cert } }) });
      agents.push(agent);
      await expect(call(agent)).rejects.toMatchObject({ name: 'EgressRefusedError', code: 'egress-refused', refusal: { code: 'address-not-global' } });
      expect(receiver.seen.connections).toBe(0);
      expect(resolver.asked).toHaveLength(2);
    });

    it('dials the address that was checked, though the name would lead elsewhere a moment later', async () => {
      // Only 127.0.0.1 counts as public here. A second look-up would be refused, and a dial to 10.0.0.1 would time out.
      const resolver = aResolver(['127.0.0.1'], ['10.0.0.1']);
      await expect(call(anAgent('127.0.0.1/32', resolver))).resolves.toBe('200 received');
      expect(resolver.asked).toEqual([host]);
      expect(receiver.seen.connections).toBe(1);
    });

    it('refuses the next connection once the name leads inside', async () => {
      const resolver = aResolver(['127.0.0.1'], ['127.0.0.2']);
      const agent = anAgent('127.0.0.1/32', resolver);
      await call(agent);
      receiver.server.closeAllConnections();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await expect(call(agent)).rejects.toMatchObject({ code: 'egress-refused' });
      expect(receiver.seen.connections).toBe(1);
    });
  });

  describe('refuses', () => {
    it.each([
      [['127.0.0.1', '10.0.0.1']], [['10.0.0.1', '127.0.0.1']], [['127.0.0.1', '::1']], [['127.0.0.1', '::ffff:127.0.0.1']], [['127.0.0.1', '93.184.216.34', '169.254.169.254']],
      [['127.0.0.1', '127.0.0.1%lo']], [['127.0.0.1', '']], [['127.0.0.1', 'localhost']],
    ])('all of %p for one bad address', async (addresses) => {
      await expect(call(anAgent('127.0.0.1/32', aResolver(addresses)))).rejects.toMatchObject({ code: 'egress-refused', refusal: { code: 'address-not-global' } });
      expect(receiver.seen.connections).toBe(0);
    });

    it.each(['127.0.0.1', '127.1', '0x7f000001', 'localhost', 'hooks.localhost'])('%s, without touching DNS or the network', async (name) => {
      const resolver = aResolver(['93.184.216.34']);
      await expect(call(anAgent('', resolver), name)).rejects.toMatchObject({ code: 'egress-refused' });
      expect(receiver.seen.connections).toBe(0);
      expect(resolver.asked).toEqual([]);
    });

    it.each(['db.internal', 'kubernetes.default.svc', 'metadata.google.internal', 'receiver', '[::1]', '[::ffff:7f00:1]'])('%s, although its address would be opened', async (name) => {
      const resolver = aResolver(['127.0.0.1']);
      await expect(call(anAgent('127.0.0.0/8', resolver), name)).rejects.toMatchObject({ code: 'egress-refused' });
      expect(resolver.asked).toEqual([]);
    });

    it('plain HTTP, port 0 and a port that is not allowed', async () => {
      const guard = new EgressGuard(parseEgressPolicy({ allowedPorts: '443' }), never);
      const connect = guard.connector({ timeoutMs: 500 });
      const attempt = (target: { protocol: string; port: string }) =>
        new Promise((resolve) => connect({ hostname: host, host, ...target }, (...outcome) => resolve(outcome[0])));
      await expect(attempt({ protocol: 'http:', port: '443' })).resolves.toMatchObject({ refusal: { code: 'url-not-https' } });
      await expect(attempt({ protocol: 'https:', port: '0' })).resolves.toMatchObject({ refusal: { code: 'url-port' } });
      await expect(attempt({ protocol: 'https:', port: '8443' })).resolves.toMatchObject({ refusal: { code: 'url-port' } });
    });

    it("a connection through a proxy's socket, whose end it can not see", async () => {
      const connect = new EgressGuard(parseEgressPolicy(), never).connector({ timeoutMs: 500 });
      const error = await new Promise((resolve) =>
        connect({ protocol: 'https:', hostname: host, host, port: '443', httpSocket: new Socket() }, (...outcome) => resolve(outcome[0])),
      );
      expect(error).toMatchObject({ code: 'egress-refused' });
    });

    it('a connection that ended somewhere else than it should have', async () => {
      // The policy becomes stricter after the name was checked and before TLS is done, as if the packets were redirected.
      const opened: Cidr[] = [...parseEgressPolicy({ allowedCidrs: '127.0.0.0/8' }).allowedCidrs];
      receiver.server.on('connection', () => opened.splice(0));
      const guard = new EgressGuard({ allowedCidrs: opened, allowedPorts: 'any' }, aResolver(['127.0.0.1']));
      const agent = new Agent({ connect: guard.connector({ timeoutMs: 2000, tls: { ca: certificate.cert } }) });
      agents.push(agent);
      await expect(call(agent)).rejects.toMatchObject({ code: 'egress-refused' });
      expect(receiver.seen).toMatchObject({ connections: 1, requests: 0 });
    });
  });

  describe('when it can not connect', () => {
    it.each([[[]], [new Error('SERVFAIL')]])('says ENOTFOUND for a name without address: %p', async (answer) => {
      await expect(call(anAgent('127.0.0.0/8', aResolver(answer)))).rejects.toMatchObject({
        name: 'HostUnresolvableError',
        code: 'ENOTFOUND',
        refusal: { code: 'host-unresolvable' },
      });
    });

    it('counts resolving against the time', async () => {
      await expect(call(anAgent('127.0.0.0/8', never, { timeoutMs: 300 }))).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    });

    it('hands the time that is left to the resolver', async () => {
      // It ends when it is told to, and never otherwise.
      const patient: Resolver = {
        resolve: (_hostname, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      };
      await expect(call(anAgent('127.0.0.0/8', patient, { timeoutMs: 2000 }))).rejects.toMatchObject({ code: 'ENOTFOUND' });
    });

    it('gives up on a receiver that takes the connection and says nothing', async () => {
      const silent = createServer(() => {});
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const dispatcher = anAgent('127.0.0.0/8', aResolver(['127.0.0.1']), { timeoutMs: 300 });
      await expect(request(`https://${host}:${port}/`, { dispatcher })).rejects.toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
      silent.close();
    });
  });

  describe('verifies the certificate', () => {
    it('and refuses one that nobody vouches for, even if the environment says not to look', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      try {
        await expect(call(anAgent('127.0.0.0/8', aResolver(['127.0.0.1']), { ca: '' }))).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
      } finally {
        delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      }
      expect(receiver.seen.requests).toBe(0);
    });

    it('and refuses one for another name', async () => {
      await expect(call(anAgent('127.0.0.0/8', aResolver(['127.0.0.1'])), 'other.example.com')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      expect(receiver.seen.requests).toBe(0);
    });

    it('for the name in the URL, whatever a Host header says', async () => {
      const agent = anAgent('127.0.0.0/8', aResolver(['127.0.0.1']));
      await expect(call(agent, host, { host: 'localhost' })).resolves.toBe('200 received');
      expect(receiver.seen.serverNames).toEqual([host]);
      await expect(call(agent, 'other.example.com', { host })).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    });

    it('and can not be told otherwise by what else is passed for TLS', async () => {
      const tls = { minVersion: 'TLSv1.2' as const, rejectUnauthorized: false, checkServerIdentity: () => undefined };
      const connect = new EgressGuard(parseEgressPolicy({ allowedCidrs: '127.0.0.0/8' }), aResolver(['127.0.0.1'])).connector({ timeoutMs: 2000, tls });
      const agent = new Agent({ connect });
      agents.push(agent);
      await expect(call(agent)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    });
  });
});
