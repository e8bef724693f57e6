import { embeddedIpv4 } from './embedded-ipv4.ts';
import { isInRange, knownRange, parseIp, type Ip } from './ip.ts';
import { metadataAddresses } from './cloud-metadata.ts';
import { isOpened, type EgressPolicy } from './policy.ts';
import type { Refusal } from './refusal.ts';
import { IPV6_GLOBAL_UNICAST, NAT64_WELL_KNOWN, specialRanges } from './special-ranges.ts';

const globalUnicast = knownRange(IPV6_GLOBAL_UNICAST);
const metadata = metadataAddresses.map(({ address }) => knownRange(`${address}/${address.includes(':') ? 128 : 32}`));

// The narrowest block first, so that a refusal names what the address really is.
const blocks = specialRanges
  .map((special) => ({ ...special, range: knownRange(special.cidr) }))
  .sort((a, b) => b.range.prefixLength - a.range.prefixLength);

/**
 * Whether a connection to this address may be made. Pure.
 *
 * @param ip an IPv4 address in four decimal numbers, or an IPv6 address without brackets and without a zone. Anything else
 *   is refused.
 * @returns the refusal, `undefined` if the address may be called.
 */
export function checkAddress(ip: string, policy: EgressPolicy): Refusal | undefined {
  const fault = addressFault(ip, policy);
  return fault === undefined ? undefined : { code: 'address-not-global', detail: `${JSON.stringify(ip)} is not a public address: ${fault}` };
}

/** Why {@link checkAddress} refuses an address, without naming the address itself. */
export function addressFault(text: string, policy: EgressPolicy): string | undefined {
  const ip = parseIp(text);
  if (ip === undefined) return 'not an IP address';

  // First of all, so that neither a wide opened range nor a translated spelling leads to credentials of the machine.
  const carried = embeddedIpv4(ip);
  if ([ip, ...carried].some(isMetadata)) return 'a cloud metadata service';

  if (isOpened(ip, policy)) return undefined;
  const special = blockFault(ip);
  if (special !== undefined) return special;

  // What is left and carries an IPv4 address is NAT64 or ISATAP: it reaches whatever that address reaches.
  for (const inner of carried) {
    const fault = isOpened(inner, policy) ? undefined : blockFault(inner);
    if (fault !== undefined) return `it carries an IPv4 address, ${fault}`;
  }
  return undefined;
}

function blockFault(ip: Ip): string | undefined {
  const block = blocks.find(({ range }) => isInRange(ip, range));
  if (block?.cidr === NAT64_WELL_KNOWN) return undefined;
  if (block !== undefined) return `${block.name} (${block.source})`;
  if (ip.kind() === 'ipv6' && !isInRange(ip, globalUnicast)) return `outside ${IPV6_GLOBAL_UNICAST}, the global unicast space`;
  return undefined;
}

function isMetadata(ip: Ip): boolean {
  return metadata.some((address) => isInRange(ip, address));
}
