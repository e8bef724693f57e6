import { beforeAll, describe, expect, it } from '@jest/globals';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { IPV6_GLOBAL_UNICAST, NAT64_WELL_KNOWN, checkAddress, metadataAddresses, parseEgressPolicy, specialRanges } from '@cepro/egress-guard';
import { build, buildOverlay, ofKind, overlays, selects, workloads, type LabelSelector, type Manifest } from './manifests.ts';
import { isIn, mayConnect, podOf, type End } from './network.ts';

const services = ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger'];
const pod = (namespace: string, name: string, labels = {}): End => ({ namespace, labels: { 'app.kubernetes.io/name': name, ...labels } });
const dns = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const controller = pod('ingress-nginx', 'ingress-nginx');
const prometheus = pod('monitoring', 'prometheus');
const nats = pod('nats', 'nats');
const postgres = { address: '10.20.30.40' };
const stranger = pod('webhooks', 'stranger');
const publicAddress = { address: '93.184.215.14' };

const http = { protocol: 'TCP', name: 'http' } as const;
const management = { protocol: 'TCP', name: 'management' } as const;
const tcp = (port: number) => ({ protocol: 'TCP', port }) as const;

describe.each(overlays)('in the overlay %s', (overlay) => {
  let manifests: readonly Manifest[];
  let all: readonly string[];
  beforeAll(async () => {
    manifests = await buildOverlay(overlay);
    all = workloads(manifests).map(({ name }) => name);
  });
  const whoReaches = (to: End, port: Parameters<typeof mayConnect>[3]) => all.filter((name) => mayConnect(manifests, podOf(manifests, name), to, port)).sort();

  it('whoever no policy mentions reaches nobody, and nobody reaches it', () => {
    const [nothing] = ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').filter(({ metadata }) => metadata.name === 'nothing');
    expect(nothing?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const peer of [nats, postgres, publicAddress, controller, prometheus, podOf(manifests, 'config-api')]) {
      expect(mayConnect(manifests, stranger, peer, tcp(443))).toBe(false);
      expect(mayConnect(manifests, peer, stranger, tcp(443))).toBe(false);
    }
  });

  it('nobody but the ingress controller reaches the APIs and the console, and on their ports only', () => {
    for (const [name, port] of [['config-api', 3001], ['log-query', 3002], ['console', 8080]] as const) {
      expect(mayConnect(manifests, controller, podOf(manifests, name), { ...http, port })).toBe(true);
      for (const other of [stranger, prometheus, publicAddress, pod('elsewhere', 'ingress-nginx'), ...all.map((each) => podOf(manifests, each))]) {
        expect(mayConnect(manifests, other, podOf(manifests, name), { ...http, port })).toBe(false);
      }
    }
    for (const name of services) expect(mayConnect(manifests, controller, podOf(manifests, name), { ...management, port: 9_100 })).toBe(false);
  });

  it('Prometheus reaches the management ports, and nobody else does', () => {
    for (const name of services) {
      expect(mayConnect(manifests, prometheus, podOf(manifests, name), { ...management, port: 9_100 })).toBe(true);
      expect(mayConnect(manifests, stranger, podOf(manifests, name), { ...management, port: 9_100 })).toBe(false);
    }
  });

  it('DNS is for everybody, NATS and Postgres for those that use them', () => {
    expect(whoReaches(dns, { protocol: 'UDP', port: 53 })).toEqual([...all].sort());
    expect(whoReaches(nats, tcp(4222))).toEqual([...services, 'provision'].sort());
    expect(whoReaches(nats, tcp(6222))).toEqual([]);
    expect(whoReaches(postgres, tcp(5432))).toEqual(['config-api', 'ledger', 'log-query', 'provision']);
    expect(whoReaches(postgres, tcp(22))).toEqual([]);
  });

  it('only the worker reaches any port of public addresses; the APIs reach the keys of tokens', () => {
    expect(whoReaches(publicAddress, tcp(8443))).toEqual(['delivery-worker']);
    expect(whoReaches(publicAddress, tcp(443))).toEqual(['config-api', 'delivery-worker', 'log-query']);
    expect(whoReaches(publicAddress, { protocol: 'UDP', port: 443 })).toEqual([]);
  });

  it('the worker reaches no private or special address, by any port', () => {
    for (const { cidr } of specialRanges) {
      if (cidr === NAT64_WELL_KNOWN) continue;
      const address = cidr.split('/')[0]!;
      for (const port of [443, 5432, 4222]) expect({ cidr, reached: mayConnect(manifests, podOf(manifests, 'delivery-worker'), { address }, tcp(port)) }).toEqual({ cidr, reached: false });
    }
    for (const { address } of metadataAddresses) expect(mayConnect(manifests, podOf(manifests, 'delivery-worker'), { address }, tcp(80))).toBe(false);
  });

  it('the ports that the worker may call are those that its policy opens', () => {
    const { data } = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('webhooks'))!;
    const { allowedPorts } = parseEgressPolicy({ allowedPorts: data?.['EGRESS_ALLOWED_PORTS'] });
    const [policy] = ofKind<INetworkPolicy>(manifests, 'NetworkPolicy').filter(({ metadata }) => metadata.name === 'deliveries');
    expect(policy?.spec.egress?.map(({ ports }) => ports)).toEqual([allowedPorts === 'any' ? [{ protocol: 'TCP' }] : allowedPorts.map((port) => ({ protocol: 'TCP', port }))]);
  });

  it('each policy selects a pod that exists, and each port that it names is one of that pod\'s', () => {
    for (const { metadata, spec } of ofKind<INetworkPolicy>(manifests, 'NetworkPolicy')) {
      const selected = workloads(manifests).filter(({ labels }) => selects(spec.podSelector as LabelSelector, labels));
      expect({ policy: metadata.name, selected: selected.length }).not.toEqual({ policy: metadata.name, selected: 0 });
      for (const { ports = [] } of spec.ingress ?? []) {
        for (const { port } of ports) {
          for (const workload of selected) expect(workload.pod.containers.flatMap((each) => each.ports ?? []).map(({ name }) => name)).toContain(port);
        }
      }
      for (const { key, values } of (spec.podSelector as LabelSelector).matchExpressions ?? []) {
        expect(selected.map(({ labels }) => labels[key]).sort()).toEqual([...(values ?? [])].sort());
      }
    }
  });
});

it('the overlay for development has the way to its own servers', async () => {
  const manifests = await buildOverlay('development');
  const whoReaches = (server: string, port: number, name: string) =>
    [...services, 'provision', 'console'].filter((from) => mayConnect(manifests, podOf(manifests, from), podOf(manifests, server), { protocol: 'TCP', port, name }));
  expect(whoReaches('nats', 4222, 'client')).toEqual([...services, 'provision']);
  expect(whoReaches('postgres', 5432, 'postgres')).toEqual(['config-api', 'log-query', 'ledger', 'provision']);
  expect(whoReaches('nats', 8222, 'monitor')).toEqual([]);
  expect(mayConnect(manifests, stranger, podOf(manifests, 'postgres'), { protocol: 'TCP', port: 5432, name: 'postgres' })).toBe(false);
});

describe('public addresses', () => {
  /** The blocks of a policy: ranges, each with what is left out of it. */
  async function blocksOf(name: string) {
    const [policy] = ofKind<INetworkPolicy>(await buildOverlay('production'), 'NetworkPolicy').filter(({ metadata }) => metadata.name === name);
    return policy!.spec.egress!.flatMap(({ to }) => to!).map(({ ipBlock }) => ipBlock!);
  }

  it.each(['deliveries', 'issuer-keys'])('are in the policy %s what they are in the egress guard\'s tables', async (name) => {
    const special = [...specialRanges.map(({ cidr }) => cidr), ...metadataAddresses.map(({ address }) => `${address}/${address.includes(':') ? 128 : 32}`)];
    const v4 = widest(special.filter((cidr) => !cidr.includes(':')));
    const v6 = widest(special.filter((cidr) => cidr.includes(':') && isIn([IPV6_GLOBAL_UNICAST], cidr.split('/')[0]!)));
    const blocks = await blocksOf(name);
    expect(blocks.map(({ cidr, except }) => [cidr, [...(except ?? [])].sort()])).toEqual([
      ['0.0.0.0/0', v4],
      [IPV6_GLOBAL_UNICAST, v6],
      [NAT64_WELL_KNOWN, v4.map(behindNat64).sort()],
    ]);
  });

  it('are let pass or not, each like the guard does it', async () => {
    const blocks = await blocksOf('deliveries');
    const passes = (address: string) => blocks.some(({ cidr, except }) => isIn([cidr], address) && !isIn(except ?? [], address));
    const policy = parseEgressPolicy({});
    const edges = [...blocks.flatMap(({ cidr, except = [] }) => [cidr, ...except]), ...specialRanges.map(({ cidr }) => cidr)].flatMap(edgesOf);
    expect(edges.length).toBeGreaterThan(200);
    for (const address of edges) expect({ address, passes: passes(address) }).toEqual({ address, passes: checkAddress(address, policy) === undefined });
  });
});

describe('NATS', () => {
  it('is reached by our services, by publishers\' namespaces, and by Prometheus; not by anybody else', async () => {
    const manifests = await build('nats');
    expect(mayConnect(manifests, pod('webhooks', 'event-router'), nats, tcp(4222))).toBe(true);
    expect(mayConnect(manifests, pod('elsewhere', 'event-router'), nats, tcp(4222))).toBe(false);
    const publisher = { namespace: 'invoices', namespaceLabels: { 'cepro-webhooks/publishes': 'true' }, labels: {} };
    expect(mayConnect(manifests, publisher, nats, tcp(4222))).toBe(true);
    expect(mayConnect(manifests, publisher, nats, tcp(7777))).toBe(false);
    expect(mayConnect(manifests, pod('webhooks', 'event-router'), nats, tcp(6222))).toBe(false);
    expect(mayConnect(manifests, nats, nats, tcp(6222))).toBe(true);
    expect(mayConnect(manifests, prometheus, nats, tcp(7777))).toBe(true);
    expect(mayConnect(manifests, nats, publicAddress, tcp(443))).toBe(false);
  });
});

/** Those of the ranges that lie in no other one, sorted. */
function widest(ranges: readonly string[]): string[] {
  return [...new Set(ranges)].filter((range) => !ranges.some((other) => other !== range && isIn([other], range.split('/')[0]!) && Number(other.split('/')[1]) < Number(range.split('/')[1]))).sort();
}

/** An IPv4 range as a network with IPv6 only sees it. */
function behindNat64(range: string): string {
  const [address, length] = range.split('/');
  const [a, b, c, d] = address!.split('.').map(Number);
  const host = new URL(`https://[64:ff9b::${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}]`).hostname.slice(1, -1);
  return `${host}/${96 + Number(length)}`;
}

/** The first and last address of a range, and their neighbours outside. */
function edgesOf(range: string): string[] {
  const [address, length] = range.split('/');
  const bits = address!.includes(':') ? 128 : 32;
  const first = numberOf(address!);
  const last = first + (1n << BigInt(bits - Number(length))) - 1n;
  return [first - 1n, first, last, last + 1n].filter((number) => number >= 0n && number < 1n << BigInt(bits)).map((number) => textOf(number, bits));
}

function numberOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const behind = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - groups(head).length - behind.length;
  return [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...behind].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function textOf(number: bigint, bits: number): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
  return Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 65_535n).toString(16)).join(':');
}
