import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dnsResolver, EgressGuard, parseEgressPolicy } from '../src/index.ts';
import { aNameServer } from './name-server.ts';

/** A promise, and whether it has ended by now. */
function untilEnded<T>(promise: Promise<T>): { readonly promise: Promise<T>; readonly ended: boolean } {
  let ended = false;
  return { promise: promise.finally(() => { ended = true; }), get ended() { return ended; } };
}

describe('dnsResolver', () => {
  let nameServer: Awaited<ReturnType<typeof aNameServer>>;

  beforeAll(async () => {
    nameServer = await aNameServer({
      'both.example.com': { A: ['93.184.216.34', '93.184.216.35'], AAAA: ['2606:2800:220:1::1'] },
      'v4.example.com': { A: ['93.184.216.34'], AAAA: [] },
      'v6.example.com': { A: [], AAAA: ['2606:2800:220:1::1'] },
      'none.example.com': { A: [], AAAA: [] },
      'half.example.com': { A: ['93.184.216.34'], AAAA: 'SERVFAIL' },
      'odd.example.com': { A: 'NXDOMAIN', AAAA: ['2606:2800:220:1::1'] },
      'broken.example.com': { A: 'SERVFAIL', AAAA: 'SERVFAIL' },
      'refused.example.com': { A: 'REFUSED', AAAA: 'REFUSED' },
      'garbage.example.com': { A: 'garbage', AAAA: 'garbage' },
      'silent.example.com': { A: 'silence', AAAA: 'silence' },
      'slow-v6.example.com': { A: ['93.184.216.34'], AAAA: 'silence' },
      'alias-to-nothing.example.com': { A: ['target.example.com'], AAAA: [] },
      'inside.example.com': { A: ['93.184.216.34', '10.0.0.5'], AAAA: [] },
      'mapped.example.com': { A: [], AAAA: ['::ffff:127.0.0.1'] },
      'bücher.example.com': { A: 'NXDOMAIN', AAAA: 'NXDOMAIN' },
      'xn--bcher-kva.example.com': { A: ['93.184.216.34'], AAAA: [] },
    });
  });
  afterAll(() => nameServer.close());

  const resolver = (timeoutMs = 2000) => dnsResolver({ servers: [nameServer.server], timeoutMs });

  it.each([
    ['both.example.com', ['93.184.216.34', '93.184.216.35', '2606:2800:220:1::1']],
    ['v4.example.com', ['93.184.216.34']],
    ['v6.example.com', ['2606:2800:220:1::1']],
    ['half.example.com', ['93.184.216.34']],
    ['odd.example.com', ['2606:2800:220:1::1']],
  ])('gives every address of %s, IPv4 first', async (name, addresses) => {
    await expect(resolver().resolve(name)).resolves.toEqual(addresses);
  });

  it.each([
    ['none.example.com', 'ENODATA'],
    ['unknown.example.com', 'ENOTFOUND'],
    ['broken.example.com', 'ESERVFAIL'],
    ['refused.example.com', 'EREFUSED'],
    ['alias-to-nothing.example.com', 'ENODATA'],
  ])('says that %s does not resolve, and why', async (name, why) => {
    await expect(resolver().resolve(name)).rejects.toMatchObject({
      name: 'HostUnresolvableError',
      code: 'ENOTFOUND',
      message: `${name} does not resolve (${why})`,
      refusal: { code: 'host-unresolvable' },
    });
  });

  it.each(['silent.example.com', 'garbage.example.com'])('gives up on %s when its time is over', async (name) => {
    await expect(resolver(300).resolve(name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('gives up on time although it asks several silent name servers', async () => {
    const { server } = nameServer;
    const patient = dnsResolver({ servers: Array.from({ length: 8 }, () => server), timeoutMs: 300 });
    // Not with what c-ares says (ETIMEOUT) once it has asked each of them twice.
    await expect(patient.resolve('silent.example.com')).rejects.toThrow('silent.example.com does not resolve (TimeoutError)');
  });

  it('uses the family that answered if time runs out on the other', async () => {
    await expect(resolver(300).resolve('slow-v6.example.com')).resolves.toEqual(['93.184.216.34']);
  });

  it('stops at once when it is aborted, with the reason', async () => {
    const reason = new Error('shutting down');
    const controller = new AbortController();
    const other = untilEnded(resolver(8000).resolve('slow-v6.example.com'));
    const waiting = resolver(8000).resolve('slow-v6.example.com', controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
    // The same question goes on where nobody stopped it.
    expect(other.ended).toBe(false);
    await other.promise;
    await expect(resolver().resolve('both.example.com', controller.signal)).rejects.toBe(reason);
  });

  it.each(['localhost', 'hooks.localhost'])('knows %s without asking', async (name) => {
    const before = nameServer.asked.length;
    await expect(resolver().resolve(name)).resolves.toEqual(['127.0.0.1', '::1']);
    expect(nameServer.asked).toHaveLength(before);
  });

  it.each(['8.8.8.8', '::1'])('gives the address %s back without asking', async (address) => {
    const before = nameServer.asked.length;
    await expect(resolver().resolve(address)).resolves.toEqual([address]);
    expect(nameServer.asked).toHaveLength(before);
  });

  it('asks for the name as it is, without search domains, for both families at once', async () => {
    nameServer.asked.length = 0;
    await resolver().resolve('both.example.com');
    expect(nameServer.asked.toSorted()).toEqual(['A both.example.com', 'AAAA both.example.com']);
  });

  it('asks again for every call: an answer is never kept', async () => {
    const one = resolver();
    nameServer.asked.length = 0;
    await one.resolve('v4.example.com');
    await one.resolve('v4.example.com');
    expect(nameServer.asked.filter((question) => question === 'A v4.example.com')).toHaveLength(2);
  });

  it('answers many names at the same time while others keep silent', async () => {
    const one = resolver(8000);
    const silent = Array.from({ length: 50 }, () => untilEnded(one.resolve('silent.example.com').catch(() => 'unresolved')));
    await one.resolve('both.example.com');
    expect(silent.filter(({ ended }) => ended)).toEqual([]);
    expect(await Promise.all(silent.map(({ promise }) => promise))).toEqual(Array.from({ length: 50 }, () => 'unresolved'));
  });

  describe('with the guard', () => {
    const guard = () => new EgressGuard(parseEgressPolicy(), resolver(500));

    it.each(['both', 'v4', 'v6', 'half', 'none', 'unknown', 'broken', 'silent', 'bücher'])('lets https://%s.example.com/ be saved', async (name) => {
      await expect(guard().inspect(`https://${name}.example.com/`)).resolves.toMatchObject({ ok: true });
    });

    it.each(['inside', 'mapped'])('does not let https://%s.example.com/ be saved', async (name) => {
      await expect(guard().inspect(`https://${name}.example.com/`)).resolves.toMatchObject({ ok: false, refusal: { code: 'address-not-global' } });
    });
  });
});
