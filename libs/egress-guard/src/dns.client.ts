import { Resolver as CaresResolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isLoopbackName, loopbackAddresses } from './internal-names.ts';
import { HostUnresolvableError } from './refusal.ts';

/** Turns a host name into its addresses. */
export interface Resolver {
  /**
   * Every address of a name, IPv4 and IPv6. Rejects if there is none, or none could be found out, and with the signal's
   * reason once it is aborted.
   */
  resolve(hostname: string, signal?: AbortSignal): Promise<string[]>;
}

/** What {@link dnsResolver} takes. */
export interface DnsOptions {
  /** Name servers as `address` or `address:port` (`[address]:port` for IPv6); those of the system by default. */
  readonly servers?: readonly string[] | undefined;
  /** How long one name may take, in milliseconds, whatever the name servers do. */
  readonly timeoutMs: number;
}

/**
 * A resolver that asks name servers for the A and AAAA records of a name, both at the same time.
 *
 * It does so with c-ares (`dns.Resolver`) rather than with the system's `getaddrinfo` (`dns.lookup`) for two reasons.
 * `getaddrinfo` occupies one of libuv's four threads until it is done, so four names on a slow name server, which anybody
 * can set up, would hold up every other delivery and all file access. And it reads the hosts file and appends search
 * domains, so that a public name could be answered from inside the network.
 *
 * One family without records, or one that fails, is fine if the other has an address: only addresses that were returned,
 * and so checked, are ever dialled. `localhost` and names below it are the loopback addresses, without asking (RFC 6761).
 *
 * IPv4 comes first, because the clusters that this runs in often have no route for IPv6.
 *
 * @returns a resolver that rejects with {@link HostUnresolvableError} if there is no address.
 */
export function dnsResolver({ servers, timeoutMs }: DnsOptions): Resolver {
  // A lost packet is asked for again after a quarter of the time, which leaves half of it for a slow answer.
  const cares = new CaresResolver({ timeout: Math.max(1, Math.ceil(timeoutMs / 4)), tries: 2 });
  if (servers !== undefined && servers.length > 0) cares.setServers(servers);

  return {
    async resolve(hostname, signal) {
      signal?.throwIfAborted();
      if (isIP(hostname) !== 0) return [hostname];
      if (isLoopbackName(hostname)) return [...loopbackAddresses];

      const timeout = AbortSignal.timeout(timeoutMs);
      const ended = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
      // Each family for itself, so that the one that answered counts if time runs out on the other.
      const families = await Promise.allSettled([
        unlessAborted(cares.resolve4(hostname), ended),
        unlessAborted(cares.resolve6(hostname), ended),
      ]);
      signal?.throwIfAborted();

      const addresses = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
      if (addresses.length > 0) return addresses;
      const faults: unknown[] = families.flatMap((family) => (family.status === 'rejected' ? [family.reason] : []));
      throw new HostUnresolvableError(hostname, [...new Set(faults.map(nameOf))].join(', ') || 'no address', { cause: faults[0] });
    },
  };
}

/** The promise's outcome, or the signal's reason if that comes first. A query that is left behind ends by itself. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The code that c-ares gives (`ENOTFOUND`, `ESERVFAIL`, …), or the name of the error (`TimeoutError`). */
function nameOf(fault: unknown): string {
  const { code, name } = fault as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}

/**
 * Reads a list of name servers, separated by commas, as {@link DnsOptions.servers} takes them.
 * @throws Error that says what is wanted.
 */
export function parseNameServers(text: string): string[] {
  const servers = text.split(',').map((server) => server.trim());
  try {
    // Node alone knows which spellings it takes.
    new CaresResolver().setServers(servers);
  } catch {
    throw new Error(`must be addresses with or without a port, separated by commas; it is "${text}"`);
  }
  return servers;
}
