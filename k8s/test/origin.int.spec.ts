import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1';
import { startOrigin, workspaceRoot, type Origin } from '@cepro/testkit';
import { buildOverlay, ofKind, overlays } from './manifests.ts';

/** Every path of both APIs, as they describe themselves. */
const described = [...readFileSync(path.join(workspaceRoot, 'apps/console/src/api/schema.ts'), 'utf8').matchAll(/^ {4}"(\/v1\/[^"]+)"/gm)].map(([, each]) => each!.replaceAll(/\{\w+\}/g, 'an_id-1'));

const further = [
  '/v1/webhooks/', '/v1/webhooks/attempts', '/v1/webhooks/an_id-1/attempt', '/v1/webhooks/an_id-1/other/attempts', '/v1/deliveries', '/v1/delivery/an_id-1',
  '/v1/events', '/v1/events/an_id-1', '/v1/events/an_id-1/deliveries', '/v1/event-types/invoice.paid', '/v1/nothing',
];

let servers: Server[];
let origin: Origin;

beforeAll(async () => {
  // All that is asked here is which of the two is asked.
  servers = ['config-api', 'log-query'].map((name) => createServer((_request, response) => response.end(name)));
  const urls = await Promise.all(servers.map((server) => new Promise<string>((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)))));
  origin = await startOrigin({ configApi: urls[0]!, logQuery: urls[1]!, token: async () => 'none' });
});

afterAll(async () => {
  await origin?.close();
  for (const server of servers) server.close();
});

describe.each(overlays)('the ingress of the overlay %s', (overlay) => {
  /** The service that gets a request, as nginx' controller does it: regular expressions, without regard to case, the longest first. */
  async function serviceFor(requested: string): Promise<string | undefined> {
    const ingresses = ofKind<IIngress>(await buildOverlay(overlay), 'Ingress');
    expect(ingresses.map(({ metadata, spec }) => [(metadata as { annotations?: object }).annotations, spec.ingressClassName])).toEqual([[{ 'nginx.ingress.kubernetes.io/use-regex': 'true' }, 'nginx']]);
    const paths = ingresses.flatMap(({ spec }) => spec.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
    return paths.toSorted((a, b) => b.path!.length - a.path!.length).find((each) => new RegExp(`^${each.path}`, 'i').test(requested))?.backend.service?.name;
  }

  it('knows the paths of both APIs', () => {
    expect(described.length).toBeGreaterThan(7);
  });

  it.each([...described, ...further])('leads %s to where npm start leads it', async (requested) => {
    const answer = await fetch(`${origin.url}${requested}`);
    expect(await serviceFor(requested)).toBe(await answer.text());
  });

  it.each(['/', '/settings/integrations/webhooks', '/settings/integrations/webhooks/an_id-1/deliveries/an_id-2', '/webhooks-console/console.js', '/openapi.json', '/health/ready', '/metrics'])(
    'leads %s to the console', async (requested) => {
      expect(await serviceFor(requested)).toBe('console');
    });

  it('leads to ports that exist, and nowhere else', async () => {
    const manifests = await buildOverlay(overlay);
    const backends = ofKind<IIngress>(manifests, 'Ingress').flatMap(({ spec }) => spec.rules ?? []).flatMap(({ http }) => http?.paths ?? []).map(({ backend }) => backend.service);
    for (const backend of backends) {
      const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === backend?.name);
      expect(service?.spec).toMatchObject({ ports: [{ name: backend?.port?.name, port: 80 }] });
    }
    expect(new Set(backends.map((backend) => backend?.name))).toEqual(new Set(['config-api', 'log-query', 'console']));
  });
});

it('in production the origin has a name, and a certificate for it', async () => {
  const [ingress] = ofKind<IIngress>(await buildOverlay('production'), 'Ingress');
  const hosts = ingress!.spec.rules!.map(({ host }) => host);
  expect(hosts).toEqual(['webhooks.example.com']);
  expect(ingress!.spec.tls).toEqual([{ hosts, secretName: 'webhooks-tls' }]);
});
