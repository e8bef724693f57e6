import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A parsed address. */
export type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** A parsed range of addresses: its first address and the length of the prefix in bits. */
export interface IpRange {
  readonly first: Ip;
  readonly prefixLength: number;
}

/**
 * Reads an address in its usual spelling only: four decimal numbers, or IPv6 without brackets and without a zone.
 *
 * @returns `undefined` for anything else.
 */
export function parseIp(text: string): Ip | undefined {
  // ipaddr.js also takes octal, hexadecimal and short forms. Whatever sees the text next may read those differently, so
  // the strict reader of Node decides what is an address at all.
  switch (typeof text === 'string' ? isIP(text) : 0) {
    case 4:
      return ipaddr.IPv4.parse(text);
    case 6:
      // An address with a zone is bound to a link of this machine, and so never public.
      if (text.includes('%')) return undefined;
      // ipaddr.js reads ::1.2.3.4 as ::ffff:1.2.3.4. A URL spells every address in hexadecimal, which leaves one reading.
      return ipaddr.IPv6.parse(new URL(`https://[${text}]`).hostname.slice(1, -1));
    default:
      return undefined;
  }
}

/**
 * Reads a range written as `address/length`.
 *
 * @returns `undefined` if it is not one. Bits behind the prefix are not looked at.
 */
export function parseRange(text: string): IpRange | undefined {
  const [, address, length] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const first = address === undefined ? undefined : parseIp(address);
  const prefixLength = Number(length);
  if (first === undefined || prefixLength > (first.kind() === 'ipv4' ? 32 : 128)) return undefined;
  return { first, prefixLength };
}

/** Whether an address lies in a range. An IPv4 address is never in an IPv6 range, nor the other way round. */
export function isInRange(ip: Ip, range: IpRange): boolean {
  return ip.kind() === range.first.kind() && ip.match(range.first, range.prefixLength);
}

/** A range that is written in this code. Throws if it is mistyped, when the module is loaded. */
export function knownRange(text: string): IpRange {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`${text} is not a range of addresses.`);
  return range;
}
