import { BlockList, isIPv4 } from 'node:net';
import type { INetworkPolicySpec } from 'kubernetes-models/networking.k8s.io/v1';
import { ofKind, selects, workloads, type Labels, type LabelSelector, type Manifest } from './manifests.ts';

/** One end of a connection: a pod with its namespace and labels, or an address outside. */
export type End = { readonly namespace: string; readonly namespaceLabels?: Labels; readonly labels: Labels } | { readonly address: string };

type Rule = NonNullable<INetworkPolicySpec['egress']>[number] & NonNullable<INetworkPolicySpec['ingress']>[number];
type Peer = NonNullable<Rule['to']>[number];
type Port = { readonly protocol: 'TCP' | 'UDP'; readonly port: number; readonly name?: string };

/**
 * Whether policies let a pod connect, as Kubernetes reads them: a pod that any policy selects for a direction may do only what one of
 * those allows. Asks both ends, if both are pods of the namespace that the policies are in.
 */
export function mayConnect(manifests: readonly Manifest[], from: End, to: End, port: Port): boolean {
  return mayPass(manifests, 'Egress', from, to, port) && mayPass(manifests, 'Ingress', to, from, port);
}

function mayPass(manifests: readonly Manifest[], direction: 'Egress' | 'Ingress', self: End, peer: End, port: Port): boolean {
  if (!('labels' in self)) return true;
  const policies = ofKind<{ spec?: INetworkPolicySpec }>(manifests, 'NetworkPolicy').filter(({ metadata, spec }) =>
    metadata.namespace === self.namespace && spec.policyTypes?.includes(direction) && selects(spec.podSelector as LabelSelector, self.labels));
  if (policies.length === 0) return true;
  return policies.some(({ metadata, spec }) => ((direction === 'Egress' ? spec.egress : spec.ingress) ?? []).some((rule) => {
    const { to, from, ports } = rule as Rule;
    const peers = direction === 'Egress' ? to : from;
    return (!peers || peers.some((each) => isPeer(each, peer, metadata.namespace!))) && (!ports || ports.some((each) =>
      (each.protocol ?? 'TCP') === port.protocol && (each.port === undefined || each.port === port.port || each.port === port.name)));
  }));
}

function isPeer({ ipBlock, namespaceSelector, podSelector }: Peer, peer: End, here: string): boolean {
  if (ipBlock) return 'address' in peer && isIn([ipBlock.cidr], peer.address) && !isIn(ipBlock.except ?? [], peer.address);
  if (!('labels' in peer)) return false;
  const inNamespace = namespaceSelector ? selects(namespaceSelector as LabelSelector, { 'kubernetes.io/metadata.name': peer.namespace, ...peer.namespaceLabels }) : peer.namespace === here;
  return inNamespace && (!podSelector || selects(podSelector as LabelSelector, peer.labels));
}

/** Whether an address is in one of the ranges. */
export function isIn(ranges: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [first, length] = range.split('/');
    if (isIPv4(first!) === isIPv4(address)) list.addSubnet(first!, Number(length), isIPv4(first!) ? 'ipv4' : 'ipv6');
  }
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** A pod of a workload, by its name. */
export function podOf(manifests: readonly Manifest[], name: string): End {
  const workload = workloads(manifests).find((each) => each.name === name);
  if (!workload) throw new Error(`nothing is called ${name}`);
  return { namespace: 'webhooks', labels: workload.labels };
}
