import ipaddr from 'ipaddr.js';
import { isInRange, knownRange, type Ip, type IpRange } from './ip.ts';
import { NAT64_WELL_KNOWN } from './special-ranges.ts';

/** A form of IPv6 address that carries IPv4 addresses, and how to read them from its eight 16-bit groups. */
interface Form {
  readonly range: IpRange;
  readonly addresses: (groups: Groups) => readonly ipaddr.IPv4[];
}

type Groups = readonly [number, number, number, number, number, number, number, number];

const forms: readonly Form[] = [
  // IPv4-compatible (RFC 4291, 2.5.5.1), but not the unspecified and the loopback address, which are in the same block.
  { range: knownRange('::/96'), addresses: ({ 6: high, 7: low }) => (high === 0 && low <= 1 ? [] : [ipv4(high, low)]) },
  // IPv4-mapped (RFC 4291, 2.5.5.2) and IPv4-translated (RFC 2765, 2.1).
  { range: knownRange('::ffff:0:0/96'), addresses: ({ 6: high, 7: low }) => [ipv4(high, low)] },
  { range: knownRange('::ffff:0:0:0/96'), addresses: ({ 6: high, 7: low }) => [ipv4(high, low)] },
  { range: knownRange(NAT64_WELL_KNOWN), addresses: ({ 6: high, 7: low }) => [ipv4(high, low)] },
  // The NAT64 prefix for local use does not tell where the address lies: RFC 6052, 2.2, has a place for each length of
  // prefix (48, 56, 64 and 96 bits fit here), and all but the last step over bits 64 to 71.
  {
    range: knownRange('64:ff9b:1::/48'),
    addresses: ({ 3: d, 4: e, 5: f, 6: g, 7: h }) => [
      ipv4(d, ((e & 0xff) << 8) | (f >> 8)),
      ipv4(((d & 0xff) << 8) | (e & 0xff), f),
      ipv4(((e & 0xff) << 8) | (f >> 8), ((f & 0xff) << 8) | (g >> 8)),
      ipv4(g, h),
    ],
  },
  // 6to4 (RFC 3056, 2).
  { range: knownRange('2002::/16'), addresses: ({ 1: high, 2: low }) => [ipv4(high, low)] },
  // Teredo has the server's address as it is and the client's inverted (RFC 4380, 4).
  {
    range: knownRange('2001::/32'),
    addresses: ({ 2: c, 3: d, 6: g, 7: h }) => [ipv4(c, d), ipv4(g ^ 0xffff, h ^ 0xffff)],
  },
  // ISATAP is told by its interface identifier, under any prefix (RFC 5214, 6.1).
  {
    range: knownRange('::/0'),
    addresses: ({ 4: e, 5: f, 6: g, 7: h }) => ((e === 0 || e === 0x0200) && f === 0x5efe ? [ipv4(g, h)] : []),
  },
];

/**
 * The IPv4 addresses that an IPv6 address carries, and that a gateway somewhere would send the packets on to. Several
 * where the form is ambiguous; none for an IPv4 address.
 */
export function embeddedIpv4(ip: Ip): readonly ipaddr.IPv4[] {
  if (!(ip instanceof ipaddr.IPv6)) return [];
  const groups = ip.parts as unknown as Groups;
  return forms.flatMap(({ range, addresses }) => (isInRange(ip, range) ? addresses(groups) : []));
}

function ipv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
