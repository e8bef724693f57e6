export { checkAddress } from './address.ts';
export { metadataAddresses } from './cloud-metadata.ts';
export { dnsResolver, parseNameServers, type DnsOptions, type Resolver } from './dns.client.ts';
export { EgressGuard, type ConnectorOptions } from './egress.guard.ts';
export { InvalidEgressPolicyError, parseEgressPolicy, type Cidr, type EgressPolicy, type EgressPolicyText } from './policy.ts';
export { EgressRefusedError, HostUnresolvableError, type Refusal, type RefusalCode } from './refusal.ts';
export { IPV6_GLOBAL_UNICAST, NAT64_WELL_KNOWN, specialRanges, type SpecialRange } from './special-ranges.ts';
export { checkUrl, type UrlVerdict } from './url.ts';
