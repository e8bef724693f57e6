import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { IContainer, IService } from 'kubernetes-models/v1';
import { declaredVariables } from '@cepro/testkit';
import { buildOverlay, ofKind, overlays, selects, workloads, type Workload } from './manifests.ts';
import { environmentOf, existingSecrets, readAsProgram, serviceConfig, serviceOf } from './services.ts';

const services = ['config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger'];
const containersOf = ({ pod }: Workload): IContainer[] => [...(pod.initContainers ?? []), ...pod.containers];
const isOurs = ({ image = '' }: IContainer) => image.includes('cepro-webhooks/');

describe.each(overlays)('in the overlay %s', (overlay) => {
  it('every service and the console run, and a Job provisions', async () => {
    const ours = workloads(await buildOverlay(overlay)).filter((workload) => containersOf(workload).every(isOurs));
    expect(ours.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([...[...services, 'console'].map((name) => `Deployment ${name}`), 'Job provision'].sort());
  });

  it('every pod obeys the standard "restricted", which its namespace enforces, and writes to volumes only', async () => {
    const manifests = await buildOverlay(overlay);
    const namespaces = manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata);
    expect(namespaces.map(({ name, labels }) => [name, labels?.['pod-security.kubernetes.io/enforce']])).toEqual([['webhooks', 'restricted']]);
    expect(new Set(manifests.filter(({ kind }) => kind !== 'Namespace').map(({ metadata }) => metadata.namespace))).toEqual(new Set(['webhooks']));
    for (const workload of workloads(manifests)) {
      expect(workload.pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: expect.any(Number), runAsGroup: expect.any(Number), seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(workload.pod.securityContext?.runAsUser).toBeGreaterThan(0);
      expect(workload.pod).not.toHaveProperty('hostNetwork');
      for (const volume of workload.pod.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
      for (const container of containersOf(workload)) {
        expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      }
    }
  });

  it('every container asks for CPU and memory, and has a limit of memory', async () => {
    for (const workload of workloads(await buildOverlay(overlay))) {
      for (const { resources } of containersOf(workload)) {
        expect(resources).toEqual({ requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) } });
        expect(bytes(resources?.requests?.['memory'])).toBeLessThanOrEqual(bytes(resources?.limits?.['memory']));
      }
    }
  });

  it('every Node process keeps its heap to three quarters of its limit, whatever that is', async () => {
    for (const workload of workloads(await buildOverlay(overlay))) {
      for (const container of containersOf(workload).filter(isOurs).filter((each) => serviceOf(each) !== 'console')) {
        expect(container.env).toContainEqual({ name: 'NODE_OPTIONS', value: '--max-old-space-size-percentage=75' });
      }
    }
  });

  it('every container that stays is watched, by probes of a port that it has', async () => {
    for (const { kind, pod } of workloads(await buildOverlay(overlay))) {
      if (kind === 'Job') continue;
      for (const container of pod.containers) {
        expect(container).toMatchObject({ livenessProbe: expect.anything(), readinessProbe: expect.anything() });
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          if (probe?.httpGet) expect(container.ports?.map(({ name }) => name)).toContain(probe.httpGet.port);
        }
        if (services.includes(container.name)) {
          expect(container.startupProbe?.httpGet).toEqual({ path: '/health/live', port: 'management' });
          expect(container.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'management' });
          expect(container.readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'management' });
        }
      }
    }
  });

  it.each(services)('%s listens where Kubernetes expects it', async (service) => {
    const manifests = await buildOverlay(overlay);
    const container = containerOf(manifests, service);
    const declared = declaredVariables((await serviceConfig(service)).variables);
    const env: Record<string, string> = { ...declared, ...environmentOf(container, manifests) };
    const expected = [...(env['HTTP_PORT'] ? [{ name: 'http', containerPort: Number(env['HTTP_PORT']) }] : []), { name: 'management', containerPort: Number(env['MANAGEMENT_PORT']) }];
    expect(container.ports).toEqual(expected);
  });

  it('every program finds its environment usable, and of every secret that it is given it reads the variable', async () => {
    const manifests = await buildOverlay(overlay);
    for (const workload of workloads(manifests)) {
      for (const container of containersOf(workload).filter(isOurs).filter((each) => serviceOf(each) !== 'console')) {
        const env = environmentOf(container, manifests);
        await expect(readAsProgram(container, env)).resolves.toBeUndefined();
        const declared = Object.keys((await serviceConfig(serviceOf(container))).variables);
        for (const { name } of container.env ?? []) if (name !== 'NODE_OPTIONS') expect(declared).toContain(name);
      }
    }
  });

  it('whoever connects to NATS does so as its own user', async () => {
    const users = workloads(await buildOverlay(overlay)).flatMap(containersOf).filter(({ env = [] }) => env.some(({ name }) => name === 'NATS_NKEY_SEED'));
    expect(users.map(({ name }) => name).sort()).toEqual([...services, 'streams'].sort());
    for (const container of users) {
      const seed = container.env?.find(({ name }) => name === 'NATS_NKEY_SEED')?.valueFrom?.secretKeyRef;
      // A NATS that knows no users, as for development, needs none; one that does refuses who has none.
      expect(seed).toEqual({ name: 'webhooks-nats', key: `${serviceOf(container)}.nk`, optional: true });
    }
  });

  it('every variable of the ConfigMap is one that a service declares', async () => {
    const map = (await buildOverlay(overlay)).find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('webhooks'));
    const declared = (await Promise.all([...services, 'provision'].map(serviceConfig))).flatMap(({ variables }) => Object.keys(variables));
    expect(Object.keys(map?.data ?? {})).not.toEqual([]);
    for (const name of Object.keys(map?.data ?? {})) expect(declared).toContain(name);
  });

  it('a program without one of its secrets or without the ConfigMap is found out', async () => {
    const manifests = await buildOverlay(overlay);
    const container = containerOf(manifests, 'config-api');
    expect(() => environmentOf(container, manifests.filter(({ kind }) => kind !== 'ConfigMap'))).toThrow('there is no ConfigMap');
    const without = { ...container, env: container.env?.filter(({ name }) => name !== 'SECRETS_KEY_RING') ?? [] };
    await expect(readAsProgram(without, environmentOf(without, manifests))).rejects.toThrow('SECRETS_KEY_RING');
  });

  it('each pod is selected by its own workload, and no other', async () => {
    const all = workloads(await buildOverlay(overlay));
    for (const { name, selector } of all) {
      if (selector) expect(all.filter(({ labels }) => selects({ matchLabels: selector }, labels)).map((each) => each.name)).toEqual([name]);
    }
  });

  it('each Service leads to ports of one workload', async () => {
    const manifests = await buildOverlay(overlay);
    for (const { metadata, spec } of ofKind<IService>(manifests, 'Service')) {
      const led = workloads(manifests).filter(({ labels }) => selects({ matchLabels: spec.selector ?? {} }, labels));
      expect(led.map(({ name }) => name)).toEqual([metadata.name.replace('-management', '')]);
      const ports = led.flatMap(({ pod }) => pod.containers).flatMap(({ ports = [] }) => ports.map(({ name }) => name));
      for (const { targetPort } of spec.ports ?? []) expect(ports).toContain(targetPort);
    }
  });

  it('pods are spread by what their workload is selected by', async () => {
    for (const { kind, name, pod, labels } of workloads(await buildOverlay(overlay))) {
      const constraints = pod.topologySpreadConstraints ?? [];
      if (kind === 'Deployment' && name !== 'ledger') expect(constraints.map(({ topologyKey }) => topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
      for (const { labelSelector } of constraints) expect(selects(labelSelector as never, labels)).toBe(true);
    }
  });

  it('there is never more than one ledger, and a stopped worker has time for its longest delivery', async () => {
    const manifests = await buildOverlay(overlay);
    expect(manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'ledger')?.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    const worker = workloads(manifests).find(({ name }) => name === 'delivery-worker')!;
    const env = { ...declaredVariables((await serviceConfig('delivery-worker')).variables), ...environmentOf(worker.pod.containers[0]!, manifests) };
    const provisioned = { ...declaredVariables((await serviceConfig('provision')).variables), ...environmentOf(containerOf(manifests, 'streams'), manifests) };
    // Of what is in hand, the longest may have begun just now; recording it and handing back the rest takes some seconds more.
    const graceMs = Number(worker.pod.terminationGracePeriodSeconds) * 1_000;
    expect(graceMs).toBeGreaterThanOrEqual(Number(env['DELIVERY_TIMEOUT_MS']) + 10_000);
    // Nobody else takes over what the worker still has, while it may have it.
    expect(graceMs).toBeLessThan(Number(provisioned['DELIVERY_ACK_WAIT_MS']));
  });
});

it('for development, images of ours are those that were loaded, and no registry is asked', async () => {
  const containers = workloads(await buildOverlay('development')).flatMap(containersOf);
  for (const container of containers) expect([container.name, container.imagePullPolicy]).toEqual([container.name, isOurs(container) ? 'Never' : undefined]);
});

it('the README names every secret that must exist, key by key', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const [secret, values] of Object.entries(existingSecrets)) {
    expect(readme).toContain(`\`${secret}\``);
    for (const key of Object.keys(values)) expect(readme).toContain(`\`${key}\``);
  }
});

function containerOf(manifests: Parameters<typeof workloads>[0], name: string): IContainer {
  const container = workloads(manifests).flatMap(containersOf).find((each) => each.name === name);
  if (!container) throw new Error(`there is no container ${name}`);
  return container;
}

/** Bytes of a quantity such as `512Mi`. */
function bytes(quantity: unknown): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(String(quantity)) ?? [];
  if (!unit) throw new Error(`${quantity} is no quantity of memory`);
  return Number(number) * (unit === 'Gi' ? 2 ** 30 : 2 ** 20);
}
