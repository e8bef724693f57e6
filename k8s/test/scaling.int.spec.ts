import { beforeAll, describe, expect, it } from '@jest/globals';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { routerDurable, streams, workerDurable } from '@cepro/contracts';
import { defaultTopology, topology } from '@cepro/jetstream';
import { buildOverlay, ofKind, selects, workloads, type Manifest, type Workload } from './manifests.ts';

let manifests: readonly Manifest[];
let deployments: readonly Workload[];

beforeAll(async () => {
  manifests = await buildOverlay('production');
  deployments = workloads(manifests).filter(({ kind }) => kind === 'Deployment');
});

const autoscalers = () => ofKind<IHorizontalPodAutoscaler>(manifests, 'HorizontalPodAutoscaler');
const scaledObjects = () => ofKind<IScaledObject>(manifests, 'ScaledObject');

describe('in production', () => {
  it('the APIs scale on load, router and worker on what waits, and each target exists', () => {
    expect(autoscalers().map(({ spec }) => spec.scaleTargetRef)).toEqual(['config-api', 'log-query'].map((name) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name })));
    expect(scaledObjects().map(({ spec }) => spec.scaleTargetRef)).toEqual([{ name: 'delivery-worker' }, { name: 'event-router' }]);
    const names = deployments.map(({ name }) => name);
    for (const { spec } of [...autoscalers(), ...scaledObjects()]) expect(names).toContain(spec.scaleTargetRef.name);
  });

  it('whoever is scaled has no number of its own, and whoever is not has one', () => {
    const scaled = [...autoscalers(), ...scaledObjects()].map(({ spec }) => spec.scaleTargetRef.name);
    expect(Object.fromEntries(deployments.map(({ name, replicas }) => [name, replicas]))).toEqual({
      ...Object.fromEntries(scaled.map((name) => [name, undefined])), console: 2, ledger: 1,
    });
    expect(new Set(scaled).size).toBe(scaled.length);
  });

  it('nothing but the ledger is ever alone', () => {
    for (const { spec } of autoscalers()) expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 5 });
    for (const { spec } of scaledObjects()) expect(spec.minReplicaCount).toBe(2);
  });

  it('load is measured against a request of CPU', () => {
    for (const { spec } of autoscalers()) {
      const target = deployments.find(({ name }) => name === spec.scaleTargetRef.name)!;
      expect(spec.metrics?.map(({ resource }) => resource?.name)).toEqual(['cpu']);
      for (const { resources } of target.pod.containers) expect(resources?.requests).toHaveProperty('cpu');
    }
  });

  it('what waits is what the consumers of each have not been asked for: all shards of the normal lane, and no slow lane', () => {
    const provisioned = topology(defaultTopology).consumers.map(({ stream, config }) => ({ stream, consumer: config.durable_name }));
    const counted = Object.fromEntries(scaledObjects().map(({ metadata, spec }) => [metadata.name, provisioned.filter(countedBy(spec.triggers[0]!.metadata))]));
    expect(counted['event-router']).toEqual([{ stream: streams.events, consumer: routerDurable }]);
    expect(counted['delivery-worker']).toEqual(Array.from({ length: defaultTopology.shards }, (_, shard) => ({ stream: streams.deliveries, consumer: workerDurable('n', shard) })));
    // As many shards as there may be.
    expect(countedBy(scaledObjects()[0]!.spec.triggers[0]!.metadata)({ stream: streams.deliveries, consumer: workerDurable('n', 98) })).toBe(true);
  });

  it('a query that finds nothing scales nothing down', () => {
    for (const { spec } of scaledObjects()) expect(spec.triggers).toEqual([{ type: 'prometheus', metadata: expect.objectContaining({ ignoreNullValues: 'false' }) }]);
  });

  it('a wave does not make replicas come and go: one at a time is taken, after longer than the shortest retries take', () => {
    for (const { spec } of scaledObjects()) {
      const { stabilizationWindowSeconds, policies } = spec.advanced!.horizontalPodAutoscalerConfig!.behavior!.scaleDown!;
      // 10, 60 and 300 s.
      expect(stabilizationWindowSeconds).toBeGreaterThan(370);
      for (const { type, value, periodSeconds } of policies ?? []) {
        expect([type, value]).toEqual(['Pods', 1]);
        expect(periodSeconds).toBeGreaterThan(Number(deployments.find(({ name }) => name === spec.scaleTargetRef.name)!.pod.terminationGracePeriodSeconds));
      }
    }
  });

  it('nodes are drained one replica at a time, and none is held up by the ledger', () => {
    const budgets = ofKind<IPodDisruptionBudget>(manifests, 'PodDisruptionBudget');
    const covered = budgets.map(({ spec }) => {
      expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
      return deployments.filter(({ labels }) => selects(spec.selector as never, labels)).map(({ name }) => name);
    });
    expect(covered.flat().sort()).toEqual(deployments.map(({ name }) => name).filter((name) => name !== 'ledger').sort());
    for (const names of covered) expect(names).toHaveLength(1);
  });

  it('Prometheus finds the management port of every service', () => {
    const monitors = ofKind<IServiceMonitor>(manifests, 'ServiceMonitor');
    expect(monitors).toHaveLength(1);
    const { selector, endpoints, jobLabel } = monitors[0]!.spec;
    const found = manifests.filter(({ kind, metadata }) => kind === 'Service' && selects(selector as never, metadata.labels ?? {}));
    expect(found.map(({ metadata }) => metadata.labels?.[jobLabel!]).sort()).toEqual(['config-api', 'delivery-worker', 'event-router', 'ledger', 'log-query']);
    expect(endpoints).toEqual([{ port: 'management', path: '/metrics', interval: '15s' }]);
    for (const { spec } of found) {
      expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true, ports: [expect.objectContaining({ name: 'management' })] });
    }
  });
});

/** Whether a trigger's query counts a consumer. */
function countedBy({ query }: Readonly<Record<string, string>>): (consumer: { stream: string; consumer: string }) => boolean {
  const [, matchers] = /^sum\(nats_consumer_num_pending\{(.*)\}\)$/.exec(query ?? '') ?? [];
  if (!matchers) throw new Error(`not understood: ${query}`);
  const labels = [...matchers.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(([, label, operator, value]) => ({ label, operator, value: value! }));
  if (labels.map(({ label }) => label).join() !== 'is_consumer_leader,stream_name,consumer_name' || labels[0]?.value !== 'true') throw new Error(`not understood: ${query}`);
  return ({ stream, consumer }) => [stream, consumer].every((is, index) => {
    const { operator, value } = labels[index + 1]!;
    // As Prometheus does it: a regular expression matches a whole value.
    return operator === '=~' ? new RegExp(`^(?:${value})$`).test(is) : is === value;
  });
}
