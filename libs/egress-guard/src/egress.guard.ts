import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import { addressFault, checkAddress } from './address.ts';
import type { Resolver } from './dns.client.ts';
import { isLoopbackName, loopbackAddresses } from './internal-names.ts';
import type { EgressPolicy } from './policy.ts';
import { EgressRefusedError, HostUnresolvableError, type Refusal } from './refusal.ts';
import { bareHost, checkUrl, type UrlVerdict } from './url.ts';

/** What {@link EgressGuard.connector} takes. */
export interface ConnectorOptions {
  /** How long resolving, connecting and the TLS handshake may take together, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * `ca`: certificates to trust instead of the system's; `minVersion`: the oldest TLS version. Nothing else can be set,
   * and certificates are always verified.
   */
  readonly tls?: Pick<ConnectionOptions, 'ca' | 'minVersion'>;
}

/** Of a name's addresses, how many are tried at most. */
const mostDialled = 8;

/** Lets requests out to public hosts only: asked when an endpoint is saved, and again whenever a connection is made. */
export class EgressGuard {
  readonly #policy: EgressPolicy;
  readonly #resolver: Resolver;

  constructor(policy: EgressPolicy, resolver: Resolver) {
    this.#policy = policy;
    this.#resolver = resolver;
  }

  /**
   * Checks a URL that somebody wants to save, and the addresses behind its name. A name that does not resolve is
   * accepted, for it may do so tomorrow; what it leads to then is checked when a connection is made.
   *
   * @returns the URL as it is to be stored, or why it is refused. Never rejects because of the URL or of DNS.
   */
  async inspect(url: unknown): Promise<UrlVerdict> {
    const verdict = checkUrl(url, this.#policy);
    if (!verdict.ok) return verdict;
    const host = bareHost(verdict.url.hostname);
    try {
      if (isIP(host) === 0) await this.#addressesOf(host);
    } catch (error) {
      if (error instanceof EgressRefusedError) return { ok: false, refusal: error.refusal };
      if (!(error instanceof HostUnresolvableError)) throw error;
    }
    return verdict;
  }

  /**
   * A connector for `new Agent({ connect })` that enforces the same rules on every connection. The name is resolved once
   * for each connection, and what was checked is what is dialled: nothing resolves it a second time, so an answer that
   * changes in between (DNS rebinding) changes nothing. One refused address among several refuses them all.
   *
   * The callback gets {@link EgressRefusedError} for what is refused, {@link HostUnresolvableError} (`ENOTFOUND`) for a
   * name without address, undici's `ConnectTimeoutError` when time is up, and otherwise what the socket failed with.
   */
  connector({ timeoutMs, tls = {} }: ConnectorOptions): buildConnector.connector {
    const dial = buildConnector({
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
      timeout: timeoutMs,
      // Stated, because an environment variable (NODE_TLS_REJECT_UNAUTHORIZED) can turn the default around.
      rejectUnauthorized: true,
      // Every receiver speaks HTTP/1.1, and one request at a time on a connection is enough for webhooks.
      allowH2: false,
      // Stated too: a command line switch turns it off, and a host would then be reached at its first address or not at all.
      autoSelectFamily: true,
      // Node gives an address a quarter of a second, then takes the next and never comes back: less than a handshake around the world.
      autoSelectFamilyAttemptTimeout: Math.ceil(timeoutMs / 4),
      // The socket asks here for the addresses to dial, and asks once. The time that takes counts as connecting.
      lookup: this.#lookup(timeoutMs),
    });

    return (target, callback) => {
      const verdict = this.#checkTarget(target);
      if (!verdict.ok) {
        // Never before the caller is ready for it: a connector answers later.
        queueMicrotask(() => callback(new EgressRefusedError(verdict.refusal), null));
        return;
      }
      const host = bareHost(verdict.url.hostname);
      // The name that the certificate is verified against is the name that was resolved, never one from a Host header.
      const servername = isIP(host) === 0 ? host : '';
      dial({ ...target, hostname: host, port: verdict.url.port || '443', servername }, (error, socket) => {
        if (error !== null) return callback(error, null);
        const fault = this.#peerFault(socket);
        if (fault === undefined) return callback(null, socket);
        socket.destroy();
        callback(fault, null);
      });
    };
  }

  /** The rules for URLs, applied to what undici is about to connect to. */
  #checkTarget({ protocol, hostname, port, httpSocket }: buildConnector.Options): UrlVerdict {
    // Through a proxy's socket the address is chosen by the proxy, and can't be checked here.
    if (httpSocket !== undefined) return { ok: false, refusal: { code: 'address-not-global', detail: 'a proxy would choose the address' } };
    const host = bareHost(hostname);
    return checkUrl(`${protocol}//${isIP(host) === 6 ? `[${host}]` : host}:${port || 443}/`, this.#policy);
  }

  /** The second line: whatever happened on the way, this looks at where the connection really ends. */
  #peerFault({ remoteAddress }: Socket): Error | undefined {
    // A socket without a peer is one that the peer has closed already, which is the receiver's fault and no refusal.
    if (remoteAddress === undefined) return Object.assign(new Error('The receiver closed the connection at once.'), { code: 'ECONNRESET' });
    const refusal = checkAddress(remoteAddress, this.#policy);
    return refusal && new EgressRefusedError(refusal);
  }

  #lookup(timeoutMs: number): LookupFunction {
    return (hostname, { all }, callback) => {
      this.#addressesOf(hostname, AbortSignal.timeout(timeoutMs)).then(
        (addresses) => {
          // All were checked; a name with thousands is not to make this machine knock at all their doors.
          const found = addresses.slice(0, mostDialled).map((address) => ({ address, family: isIP(address) }));
          if (all) callback(null, found);
          else callback(null, found[0]?.address ?? '', found[0]?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, []),
      );
    };
  }

  /** The addresses behind a name, at least one, all of them checked. Rejects with one of this library's two errors. */
  async #addressesOf(hostname: string, signal?: AbortSignal): Promise<readonly string[]> {
    // A loopback name has two addresses by definition, of which the configuration may have opened only one.
    if (isLoopbackName(hostname)) {
      const opened = loopbackAddresses.filter((address) => checkAddress(address, this.#policy) === undefined);
      if (opened.length === 0) throw new EgressRefusedError({ code: 'host-internal', detail: `${hostname} is this machine (RFC 6761)` });
      return opened;
    }

    const addresses = await this.#resolve(hostname, signal);
    const refusal = addresses.map((address) => this.#judge(hostname, address)).find((found) => found !== undefined);
    if (refusal !== undefined) throw new EgressRefusedError(refusal);
    return addresses;
  }

  async #resolve(hostname: string, signal?: AbortSignal): Promise<readonly string[]> {
    let addresses: string[];
    try {
      addresses = await this.#resolver.resolve(hostname, signal);
    } catch (error) {
      if (error instanceof HostUnresolvableError) throw error;
      throw new HostUnresolvableError(hostname, 'the resolver failed', { cause: error });
    }
    if (addresses.length === 0) throw new HostUnresolvableError(hostname, 'no address');
    return addresses;
  }

  #judge(hostname: string, address: string): Refusal | undefined {
    const fault = addressFault(address, this.#policy);
    if (fault === undefined) return undefined;
    // The address itself stays out of the text: it may be known inside the network only.
    return { code: 'address-not-global', detail: `${hostname} leads to an address that is not public: ${fault}` };
  }
}
