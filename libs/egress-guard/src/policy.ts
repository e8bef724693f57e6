import { isInRange, parseRange, type Ip, type IpRange } from './ip.ts';

/** A range of addresses that the configuration opens. */
export interface Cidr extends IpRange {
  /** As it was configured. */
  readonly text: string;
}

/** What the configuration changes about the rules. */
export interface EgressPolicy {
  /** Ranges that may be called although they are not public. Empty in production. */
  readonly allowedCidrs: readonly Cidr[];
  readonly allowedPorts: readonly number[] | 'any';
}

/** The configuration can't be used. Names every fault. */
export class InvalidEgressPolicyError extends Error {
  readonly code = 'invalid-egress-policy';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The egress policy is not valid: ${faults.join('; ')}.`);
    this.name = 'InvalidEgressPolicyError';
    this.faults = faults;
  }
}

/** The configuration as text, as it stands in the environment. */
export interface EgressPolicyText {
  /** `EGRESS_ALLOWED_CIDRS`: ranges as `address/length`, separated by commas. Nothing, or an empty text, opens none. */
  readonly allowedCidrs?: string | undefined;
  /** `EGRESS_ALLOWED_PORTS`: ports from 1 to 65535, separated by commas. Nothing, an empty text or `any` allows all. */
  readonly allowedPorts?: string | undefined;
}

/**
 * Reads the policy from its two settings. Spaces around the parts of a list don't matter.
 *
 * A range opens exactly the addresses that it spells: `127.0.0.0/8` opens neither `::1` nor `::ffff:127.0.0.1`. It never
 * opens the metadata service of a cloud, however wide it is.
 *
 * @throws {InvalidEgressPolicyError} with every fault of both settings.
 */
export function parseEgressPolicy({ allowedCidrs = '', allowedPorts = '' }: EgressPolicyText = {}): EgressPolicy {
  const faults: string[] = [];
  const cidrs = listed(allowedCidrs).flatMap((text) => {
    const cidr = parseCidr(text);
    if (typeof cidr === 'string') faults.push(`EGRESS_ALLOWED_CIDRS: ${cidr}`);
    return typeof cidr === 'string' ? [] : [cidr];
  });
  const ports = allowedPorts.trim() === 'any' ? [] : listed(allowedPorts).map((text) => {
    const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Infinity;
    if (port > 65_535) faults.push(`EGRESS_ALLOWED_PORTS: ${JSON.stringify(text)} is not a port from 1 to 65535`);
    return port;
  });
  if (faults.length > 0) throw new InvalidEgressPolicyError(faults);
  return { allowedCidrs: cidrs, allowedPorts: ports.length === 0 ? 'any' : ports };
}

/** Whether the configuration opens this address. */
export function isOpened(ip: Ip, policy: EgressPolicy): boolean {
  return policy.allowedCidrs.some((cidr) => isInRange(ip, cidr));
}

/** The range that a text stands for, or the fault in it. */
function parseCidr(text: string): Cidr | string {
  const quoted = JSON.stringify(text);
  const range = parseRange(text);
  if (range === undefined) return `${quoted} is not a range such as 10.0.0.0/8 or fd00::/8`;
  // 10.1.2.3/8 is as likely a mistyped 10.1.2.3/32 as a careless 10.0.0.0/8, and those open very different things.
  const bits = range.first.toByteArray().map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (bits.slice(range.prefixLength).includes('1')) return `${quoted} has bits behind its prefix; a single address ends in /32 or /128`;
  return { ...range, text };
}

function listed(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((part) => part.trim());
}
