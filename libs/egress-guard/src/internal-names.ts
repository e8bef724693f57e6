import { metadataNames } from './cloud-metadata.ts';

/** A name that only means something inside a network, with everything below it. */
interface InternalDomain {
  readonly domain: string;
  readonly source: string;
}

const internalDomains: readonly InternalDomain[] = [
  { domain: 'local', source: 'multicast DNS, RFC 6762; also cluster.local of Kubernetes' },
  { domain: 'internal', source: 'reserved for private use by ICANN in 2024; also the clouds' },
  { domain: 'intranet', source: 'RFC 6762, appendix G' },
  { domain: 'private', source: 'RFC 6762, appendix G' },
  { domain: 'corp', source: 'RFC 6762, appendix G; never delegated, ICANN resolution 2018.02.04.12' },
  { domain: 'home', source: 'RFC 6762, appendix G; never delegated, ICANN resolution 2018.02.04.12' },
  { domain: 'mail', source: 'never delegated, ICANN resolution 2018.02.04.12' },
  { domain: 'lan', source: 'RFC 6762, appendix G' },
  { domain: 'localdomain', source: 'the hosts file of many Linux systems' },
  { domain: 'localdomain4', source: 'the hosts file of Red Hat systems' },
  { domain: 'localdomain6', source: 'the hosts file of Red Hat systems' },
  { domain: 'svc', source: 'services of Kubernetes, without the domain of the cluster' },
  { domain: 'consul', source: 'services of HashiCorp Consul' },
  // Covers home.arpa (RFC 8375), ipv4only.arpa (RFC 8880) and the reverse zones.
  { domain: 'arpa', source: 'infrastructure of the internet, RFC 3172' },
  { domain: 'test', source: 'RFC 6761' },
  { domain: 'invalid', source: 'RFC 6761' },
  { domain: 'onion', source: 'Tor, RFC 7686' },
  { domain: 'alt', source: 'names outside DNS, RFC 9476' },
];

/** Where `localhost` and every name below it lead, without asking DNS (RFC 6761, 6.3). */
export const loopbackAddresses: readonly string[] = ['127.0.0.1', '::1'];

/** Whether a name stands for this machine by RFC 6761, 6.3: `localhost` and `*.localhost`. */
export function isLoopbackName(hostname: string): boolean {
  return isWithin(hostname, 'localhost');
}

/**
 * Why a name belongs to some internal network and must not be asked for, or `undefined` if it may be a public one.
 *
 * @param hostname in lower case, as ASCII, without a full stop at its end; not an address, and not a loopback name, which
 *   is judged by its addresses.
 */
export function internalNameFault(hostname: string): string | undefined {
  // A single label is completed by search domains and hosts files; no top-level domain is a webhook receiver itself.
  if (!hostname.includes('.')) return 'a name of a single label is internal';
  if (metadataNames.some((name) => isWithin(hostname, name))) return 'the name belongs to a cloud metadata service';

  const found = internalDomains.find(({ domain }) => isWithin(hostname, domain));
  return found && `names below .${found.domain} are internal (${found.source})`;
}

function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
