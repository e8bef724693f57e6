export { checkAddress } from './address.ts';
export { dnsResolver, parseNameServers, type DnsOptions, type Resolver } from './dns.client.ts';
export { EgressGuard, type ConnectorOptions } from './egress.guard.ts';
export { InvalidEgressPolicyError, parseEgressPolicy, type Cidr, type EgressPolicy, type EgressPolicyText } from './policy.ts';
export { EgressRefusedError, HostUnresolvableError, type Refusal, type RefusalCode } from './refusal.ts';
export { checkUrl, type UrlVerdict } from './url.ts';
