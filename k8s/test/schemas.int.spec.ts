import { beforeAll, describe, expect, it } from '@jest/globals';
import { build, buildOverlay, overlays, type Manifest } from './manifests.ts';
import { faultsOf } from './schemas.ts';

describe('every object is what its kind\'s schema says', () => {
  it.each(overlays)('in the overlay %s', async (overlay) => {
    const manifests = await buildOverlay(overlay);
    expect(manifests.length).toBeGreaterThan(20);
    expect(await faultsOf(manifests)).toEqual([]);
  });

  it('beside the chart of NATS', async () => {
    expect(await faultsOf(await build('nats'))).toEqual([]);
  });

  it('and none is there twice', async () => {
    for (const overlay of overlays) {
      const names = (await buildOverlay(overlay)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('and those of the overlay for development are of kinds that every cluster has', async () => {
    const groups = new Set((await buildOverlay('development')).map(({ apiVersion }) => apiVersion));
    expect([...groups].sort()).toEqual(['apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'v1']);
  });
});

describe('what is broken is found:', () => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await buildOverlay('production');
  });

  /** The faults of one object of the overlay, after something in it was changed. */
  async function faultsAfter(kind: string, name: string, change: (manifest: Any) => void): Promise<string[]> {
    const broken = structuredClone(manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name));
    if (!broken) throw new Error(`there is no ${kind} ${name}`);
    change(broken);
    return await faultsOf([broken]);
  }

  it.each<[string, string, string, (manifest: Any) => void]>([
    ['a misspelt field', 'Deployment', 'config-api', ({ spec }) => { spec.template.spec.containers[0].resources.limits = undefined; spec.template.spec.containers[0].resources.limit = { memory: '1Gi' }; }],
    ['a field at the wrong place', 'Deployment', 'delivery-worker', ({ spec }) => { spec.template.spec.containers[0].terminationGracePeriodSeconds = 30; }],
    ['a text for a number', 'Deployment', 'ledger', ({ spec }) => { spec.replicas = '1'; }],
    ['a quantity that is none', 'Deployment', 'ledger', ({ spec }) => { spec.template.spec.containers[0].resources.limits.memory = { Mi: 512 }; }],
    ['a Deployment without a selector', 'Deployment', 'event-router', ({ spec }) => { delete spec.selector; }],
    ['a container without a name', 'Deployment', 'event-router', ({ spec }) => { delete spec.template.spec.containers[0].name; }],
    ['an API version that does not exist', 'HorizontalPodAutoscaler', 'config-api', (manifest) => { manifest.apiVersion = 'autoscaling/v3'; }],
    ['an Ingress path without a type', 'Ingress', 'webhooks', ({ spec }) => { delete spec.rules[0].http.paths[0].pathType; }],
    ['a misspelt field of a policy', 'NetworkPolicy', 'deliveries', ({ spec }) => { spec.egress[0].to[0].ipBlock.exempt = []; }],
    ['a budget in the wrong words', 'PodDisruptionBudget', 'console', ({ spec }) => { spec.unhealthyPodEvictionPolicy = 'Always'; }],
    ['a ScaledObject without a target', 'ScaledObject', 'event-router', ({ spec }) => { delete spec.scaleTargetRef; }],
    ['a ScaledObject\'s misspelt field', 'ScaledObject', 'delivery-worker', ({ spec }) => { spec.maxReplicas = 3; }],
    ['a trigger whose metadata is a number', 'ScaledObject', 'delivery-worker', ({ spec }) => { spec.triggers[0].metadata.threshold = 1_000; }],
    ['a monitor\'s interval in words', 'ServiceMonitor', 'webhooks', ({ spec }) => { spec.endpoints[0].interval = 'often'; }],
    ['a monitor\'s misspelt field', 'ServiceMonitor', 'webhooks', ({ spec }) => { spec.endpoints[0].intervall = '15s'; }],
  ])('%s', async (_what, kind, name, change) => {
    expect(await faultsAfter(kind, name, change)).not.toEqual([]);
  });

  it('and what was not changed has no fault', async () => {
    expect(await faultsAfter('ScaledObject', 'event-router', () => {})).toEqual([]);
  });
});

/** Broken objects have no type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;
