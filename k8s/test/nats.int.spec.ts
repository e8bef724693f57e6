import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { natsServerBinary } from '@cepro/testkit';
import { buildOverlay } from './manifests.ts';

const execute = promisify(execFile);

describe('the values for NATS\' chart', () => {
  // What the chart takes is not declared anywhere that a test could ask.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let values: any;
  beforeAll(() => {
    values = parse(readFileSync(new URL('../nats/values.yaml', import.meta.url), 'utf8'));
  });

  it('make as many servers as the streams have copies, which keep them on disk', async () => {
    const map = (await buildOverlay('production')).find(({ kind, data }) => kind === 'ConfigMap' && data && 'NATS_REPLICAS' in data);
    expect(values.config.cluster).toEqual({ enabled: true, replicas: Number(map?.data?.['NATS_REPLICAS']) });
    expect(values.config.jetstream).toMatchObject({ enabled: true, fileStore: { pvc: { enabled: true, size: expect.stringMatching(/^\d+Gi$/) } }, memoryStore: { enabled: false } });
  });

  it('take the users from a Secret that is mounted where the configuration looks for them, and below /etc, where changes are noticed', () => {
    const { name, secret } = values.podTemplate.patch[0].value;
    expect(values.container.patch).toEqual([{ op: 'add', path: '/volumeMounts/-', value: { name, mountPath: `/etc/${secret.secretName}` } }]);
    // The configuration is in /etc/nats-config.
    expect(values.config.merge).toEqual({ $include: `../${secret.secretName}/auth.conf` });
  });

  it('have the metrics by which router and worker are scaled, and drain one server at a time', () => {
    expect(values.promExporter).toMatchObject({ enabled: true, podMonitor: { enabled: true } });
    expect(values.podDisruptionBudget).toEqual({ enabled: true });
    expect(values.podTemplate.topologySpreadConstraints['kubernetes.io/hostname']).toEqual({ maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' });
  });

  it.each(['container', 'reloader', 'promExporter'])('give the container of %s limits and no privileges', (container) => {
    expect(values[container].merge).toEqual({
      resources: { requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    });
  });
});

it('the configuration of the overlay for development is one that nats-server takes', async () => {
  await execute(await natsServerBinary(), ['-t', '-c', fileURLToPath(new URL('../overlays/development/nats.conf', import.meta.url))]);
});
