import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { stringify } from 'yaml';
import { lanes, routerDurable, streams, workerDurable, type Lane } from '@cepro/contracts';
import { defaultTopology, topology } from '@cepro/jetstream';
import { promtoolBinary } from '@cepro/testkit';
import { buildOverlay, ofKind, selects, workloads, type Manifest, type Workload } from './manifests.ts';

const execute = promisify(execFile);

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

  it('what waits is counted by Prometheus as it was meant: once for each consumer, all shards of the normal lane, and no slow lane', async () => {
    const waiting = (lane: Lane) => (lane === 'n' ? 10 : 1_000);
    // As many shards as there may be, and each consumer as the exporters of three servers tell of it, of which only the leader's knows.
    const consumers = [
      { stream: streams.events, consumer: routerDurable, pending: 3 },
      ...lanes.flatMap((lane) => Array.from({ length: 99 }, (_, shard) => ({ stream: streams.deliveries, consumer: workerDurable(lane, shard), pending: waiting(lane) }))),
      { stream: streams.events, consumer: 'somebody-elses', pending: 50_000 },
      { stream: streams.deliveries, consumer: 'somebody-elses', pending: 50_000 },
    ];
    const queries = Object.fromEntries(scaledObjects().map(({ metadata, spec }) => [metadata.name, spec.triggers[0]!.metadata['query']!]));
    await expectSamples(consumers, { [queries['event-router']!]: 3, [queries['delivery-worker']!]: 99 * waiting('n') });
    // And it does say so if it is anything else.
    await expect(expectSamples(consumers, { [queries['delivery-worker']!]: 1 })).rejects.toThrow('got: {} 9.9E+02');
  });

  it('the consumers that are counted are those that are provisioned', () => {
    const provisioned = topology(defaultTopology).consumers.map(({ stream, config }) => `${stream} ${config.durable_name}`);
    expect(provisioned).toContain(`${streams.events} ${routerDurable}`);
    for (const lane of lanes) expect(provisioned).toContain(`${streams.deliveries} ${workerDurable(lane, defaultTopology.shards - 1)}`);
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

interface Consumer { readonly stream: string; readonly consumer: string; readonly pending: number }

/** Lets Prometheus answer queries on what three exporters tell of consumers. Throws what it says when an answer is another. */
async function expectSamples(consumers: readonly Consumer[], expected: Readonly<Record<string, number>>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cepro-queries-'));
  try {
    const file = path.join(folder, 'queries.test.yaml');
    await writeFile(file, stringify({
      rule_files: [],
      evaluation_interval: '1m',
      tests: [{
        interval: '1m',
        input_series: consumers.flatMap(({ stream, consumer, pending }) => ['nats-0', 'nats-1', 'nats-2'].map((server, index) => ({
          series: `nats_consumer_num_pending{stream_name="${stream}", consumer_name="${consumer}", server_name="${server}", is_consumer_leader="${index === 1}"}`,
          values: String(index === 1 ? pending : 7),
        }))),
        promql_expr_test: Object.entries(expected).map(([expr, value]) => ({ expr, eval_time: '0m', exp_samples: [{ labels: '{}', value }] })),
      }],
    }));
    await execute(await promtoolBinary(), ['test', 'rules', file]).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`, { cause: error });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
