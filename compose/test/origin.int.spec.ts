import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { declaredVariables, startOrigin, workspaceRoot, type Origin } from '@cepro/testkit';
import { appOf, composeFile } from './compose-file.ts';

const conf = readFileSync(path.join(workspaceRoot, 'compose/origin.conf'), 'utf8');
const upstreams = new Map([...conf.matchAll(/set (\$\w+) http:\/\/([a-z-]+):(\d+);/g)].map(([, name, service, port]) => [name!, { service: service!, port: Number(port) }]));
const locations = [...conf.matchAll(/location (?:(~|=) )?(\S+) \{ proxy_pass (\$\w+); \}/g)].map(([, kind, pattern, upstream]) => ({ kind, pattern: pattern!, to: upstreams.get(upstream!)! }));

/** Where nginx leads a path: what is exactly it, else the first expression that matches, else what begins so. */
function serviceFor(requested: string): string | undefined {
  const found = locations.find(({ kind, pattern }) => kind === '=' && pattern === requested)
    ?? locations.find(({ kind, pattern }) => kind === '~' && new RegExp(pattern).test(requested))
    ?? locations.find(({ kind, pattern }) => kind === undefined && requested.startsWith(pattern));
  return found?.to.service;
}

/** The port that an app listens on by itself. */
async function listensOn(app: string): Promise<number> {
  if (app === 'console') return Number(/^\s*listen (\d+);$/m.exec(readFileSync(path.join(workspaceRoot, 'apps/console/nginx.conf'), 'utf8'))?.[1]);
  const { variables } = (await import(pathToFileURL(path.join(workspaceRoot, 'apps', app, 'src/config.ts')).href)) as { variables: Parameters<typeof declaredVariables>[0] };
  return Number(declaredVariables(variables)['HTTP_PORT']);
}

/** Every path of both APIs, as they describe themselves, and others like them. */
const api = [
  ...[...readFileSync(path.join(workspaceRoot, 'apps/console/src/api/schema.ts'), 'utf8').matchAll(/^ {4}"(\/v1\/[^"]+)"/gm)].map(([, each]) => each!.replaceAll(/\{\w+\}/g, 'an_id-1')),
  '/v1/webhooks/', '/v1/webhooks/attempts', '/v1/webhooks/an_id-1/attempt', '/v1/webhooks/an_id-1/other/attempts', '/v1/deliveries', '/v1/delivery/an_id-1',
  '/v1/events', '/v1/events/an_id-1', '/v1/eventual', '/v1/event-types/invoice.paid', '/v1/nothing',
];

describe('the single origin', () => {
  let servers: Server[];
  let origin: Origin;
  beforeAll(async () => {
    servers = ['config-api', 'log-query'].map((name) => createServer((_request, response) => response.end(name)));
    const urls = await Promise.all(servers.map((server) => new Promise<string>((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)))));
    origin = await startOrigin({ configApi: urls[0]!, logQuery: urls[1]!, token: async () => 'none' });
  });
  afterAll(async () => {
    await origin?.close();
    for (const server of servers) server.close();
  });

  it.each(api)('leads %s to where npm start leads it', async (requested) => {
    expect(serviceFor(requested)).toBe(await (await fetch(`${origin.url}${requested}`)).text());
  });

  it('has the expressions of the ingress, and what is left goes to the console', () => {
    const ingress = parse(readFileSync(path.join(workspaceRoot, 'k8s/base/ingress.yaml'), 'utf8')) as { spec: { rules: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[] } };
    const paths = ingress.spec.rules.flatMap(({ http }) => http.paths).map((each) => [each.path === '/' ? '/' : `^${each.path}`, each.backend.service.name]);
    expect(locations.filter(({ kind }) => kind !== '=').map(({ pattern, to }) => [pattern, to.service])).toEqual(paths);
    for (const requested of ['/', '/settings/integrations/webhooks', '/webhooks-console/console.js', '/metrics', '/health/ready']) expect(serviceFor(requested)).toBe('console');
  });

  it('leads to ports where the services listen, and asks for their addresses again', async () => {
    const { services } = composeFile();
    for (const { service, port } of upstreams.values()) {
      expect(services).toHaveProperty(service);
      expect({ service, port }).toEqual({ service, port: await listensOn(appOf(services[service]!)!) });
      expect(services[service]!.environment ?? {}).not.toHaveProperty('HTTP_PORT');
    }
    expect(conf).toMatch(/^resolver 127\.0\.0\.11 valid=1s/m);
    expect(conf).not.toMatch(/proxy_pass http/);
  });
});
