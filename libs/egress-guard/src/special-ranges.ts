/** A block of addresses that is set aside for something other than hosts on the public internet. */
export interface SpecialRange {
  readonly cidr: string;
  /** What the registry calls it. */
  readonly name: string;
  /** The document that sets it aside. */
  readonly source: string;
  /** What the registry says under "Globally Reachable". For the reader: all but one of these are refused, see below. */
  readonly globallyReachable: boolean;
}

/**
 * The IANA IPv4 Special-Purpose Address Registry
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, as of October 2025).
 */
const ipv4Registry: readonly SpecialRange[] = [
  { cidr: '0.0.0.0/8', name: 'This network', source: 'RFC 791', globallyReachable: false },
  { cidr: '0.0.0.0/32', name: 'This host on this network', source: 'RFC 1122', globallyReachable: false },
  { cidr: '10.0.0.0/8', name: 'Private-Use', source: 'RFC 1918', globallyReachable: false },
  { cidr: '100.64.0.0/10', name: 'Shared Address Space', source: 'RFC 6598', globallyReachable: false },
  { cidr: '127.0.0.0/8', name: 'Loopback', source: 'RFC 1122', globallyReachable: false },
  { cidr: '169.254.0.0/16', name: 'Link Local', source: 'RFC 3927', globallyReachable: false },
  { cidr: '172.16.0.0/12', name: 'Private-Use', source: 'RFC 1918', globallyReachable: false },
  { cidr: '192.0.0.0/24', name: 'IETF Protocol Assignments', source: 'RFC 6890', globallyReachable: false },
  { cidr: '192.0.0.0/29', name: 'IPv4 Service Continuity Prefix', source: 'RFC 7335', globallyReachable: false },
  { cidr: '192.0.0.8/32', name: 'IPv4 dummy address', source: 'RFC 7600', globallyReachable: false },
  { cidr: '192.0.0.9/32', name: 'Port Control Protocol Anycast', source: 'RFC 7723', globallyReachable: true },
  { cidr: '192.0.0.10/32', name: 'Traversal Using Relays around NAT Anycast', source: 'RFC 8155', globallyReachable: true },
  { cidr: '192.0.0.170/31', name: 'NAT64/DNS64 Discovery', source: 'RFC 8880, RFC 7050', globallyReachable: false },
  { cidr: '192.0.2.0/24', name: 'Documentation (TEST-NET-1)', source: 'RFC 5737', globallyReachable: false },
  { cidr: '192.31.196.0/24', name: 'AS112-v4', source: 'RFC 7535', globallyReachable: true },
  { cidr: '192.52.193.0/24', name: 'AMT', source: 'RFC 7450', globallyReachable: true },
  { cidr: '192.88.99.0/24', name: 'Deprecated 6to4 Relay Anycast', source: 'RFC 7526', globallyReachable: false },
  { cidr: '192.88.99.2/32', name: '6a44-relay anycast address', source: 'RFC 6751', globallyReachable: false },
  { cidr: '192.168.0.0/16', name: 'Private-Use', source: 'RFC 1918', globallyReachable: false },
  { cidr: '192.175.48.0/24', name: 'Direct Delegation AS112 Service', source: 'RFC 7534', globallyReachable: true },
  { cidr: '198.18.0.0/15', name: 'Benchmarking', source: 'RFC 2544', globallyReachable: false },
  { cidr: '198.51.100.0/24', name: 'Documentation (TEST-NET-2)', source: 'RFC 5737', globallyReachable: false },
  { cidr: '203.0.113.0/24', name: 'Documentation (TEST-NET-3)', source: 'RFC 5737', globallyReachable: false },
  { cidr: '240.0.0.0/4', name: 'Reserved', source: 'RFC 1112', globallyReachable: false },
  { cidr: '255.255.255.255/32', name: 'Limited Broadcast', source: 'RFC 8190, RFC 919', globallyReachable: false },
];

/** The NAT64 prefix that every network may use: the one block here that is judged by the IPv4 address inside it. */
export const NAT64_WELL_KNOWN = '64:ff9b::/96';

/**
 * The IANA IPv6 Special-Purpose Address Registry
 * (https://www.iana.org/assignments/iana-ipv6-special-registry, as of October 2025). The registry leaves "Globally
 * Reachable" open for Teredo and 6to4, whose reach depends on the IPv4 address inside; they count as not reachable here.
 */
const ipv6Registry: readonly SpecialRange[] = [
  { cidr: '::1/128', name: 'Loopback Address', source: 'RFC 4291', globallyReachable: false },
  { cidr: '::/128', name: 'Unspecified Address', source: 'RFC 4291', globallyReachable: false },
  { cidr: '::ffff:0:0/96', name: 'IPv4-mapped Address', source: 'RFC 4291', globallyReachable: false },
  { cidr: NAT64_WELL_KNOWN, name: 'IPv4-IPv6 Translation', source: 'RFC 6052', globallyReachable: true },
  { cidr: '64:ff9b:1::/48', name: 'IPv4-IPv6 Translation, local use', source: 'RFC 8215', globallyReachable: false },
  { cidr: '100::/64', name: 'Discard-Only Address Block', source: 'RFC 6666', globallyReachable: false },
  { cidr: '100:0:0:1::/64', name: 'Dummy IPv6 Prefix', source: 'RFC 9780', globallyReachable: false },
  { cidr: '2001::/23', name: 'IETF Protocol Assignments', source: 'RFC 2928', globallyReachable: false },
  { cidr: '2001::/32', name: 'Teredo', source: 'RFC 4380, RFC 8190', globallyReachable: false },
  { cidr: '2001:1::1/128', name: 'Port Control Protocol Anycast', source: 'RFC 7723', globallyReachable: true },
  { cidr: '2001:1::2/128', name: 'Traversal Using Relays around NAT Anycast', source: 'RFC 8155', globallyReachable: true },
  { cidr: '2001:1::3/128', name: 'DNS-SD Service Registration Protocol Anycast', source: 'RFC 9665', globallyReachable: true },
  { cidr: '2001:2::/48', name: 'Benchmarking', source: 'RFC 5180', globallyReachable: false },
  { cidr: '2001:3::/32', name: 'AMT', source: 'RFC 7450', globallyReachable: true },
  { cidr: '2001:4:112::/48', name: 'AS112-v6', source: 'RFC 7535', globallyReachable: true },
  { cidr: '2001:10::/28', name: 'Deprecated ORCHID', source: 'RFC 4843', globallyReachable: false },
  { cidr: '2001:20::/28', name: 'ORCHIDv2', source: 'RFC 7343', globallyReachable: true },
  { cidr: '2001:30::/28', name: 'Drone Remote ID Entity Tags', source: 'RFC 9374', globallyReachable: true },
  { cidr: '2001:db8::/32', name: 'Documentation', source: 'RFC 3849', globallyReachable: false },
  { cidr: '2002::/16', name: '6to4', source: 'RFC 3056', globallyReachable: false },
  { cidr: '2620:4f:8000::/48', name: 'Direct Delegation AS112 Service', source: 'RFC 7534', globallyReachable: true },
  { cidr: '3fff::/20', name: 'Documentation', source: 'RFC 9637', globallyReachable: false },
  { cidr: '5f00::/16', name: 'Segment Routing (SRv6) SIDs', source: 'RFC 9602', globallyReachable: false },
  { cidr: 'fc00::/7', name: 'Unique-Local', source: 'RFC 4193, RFC 8190', globallyReachable: false },
  { cidr: 'fe80::/10', name: 'Link-Local Unicast', source: 'RFC 4291', globallyReachable: false },
];

/** Blocks that are no hosts on the public internet either, but stand in other registries or in none any more. */
const furtherRanges: readonly SpecialRange[] = [
  { cidr: '224.0.0.0/4', name: 'Multicast', source: 'RFC 5771', globallyReachable: false },
  { cidr: '::/96', name: 'Deprecated IPv4-compatible Address', source: 'RFC 4291', globallyReachable: false },
  { cidr: '::ffff:0:0:0/96', name: 'IPv4-translated Address', source: 'RFC 2765', globallyReachable: false },
  { cidr: '3ffe::/16', name: 'Returned 6bone', source: 'RFC 3701', globallyReachable: false },
  { cidr: 'fec0::/10', name: 'Deprecated Site-Local Unicast', source: 'RFC 3879', globallyReachable: false },
  { cidr: 'ff00::/8', name: 'Multicast', source: 'RFC 4291', globallyReachable: false },
];

/**
 * Every block of special addresses. All are refused but {@link NAT64_WELL_KNOWN}, the globally reachable ones too: they
 * are anycast services of the network itself, which the nearest router may answer, or identifiers that nothing listens on.
 */
export const specialRanges: readonly SpecialRange[] = [...ipv4Registry, ...ipv6Registry, ...furtherRanges];

/** The only block that IANA assigns hosts on the public internet from (RFC 4291, 2.4, and the IPv6 address space registry). */
export const IPV6_GLOBAL_UNICAST = '2000::/3';
