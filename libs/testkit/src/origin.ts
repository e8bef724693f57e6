import { readFile } from 'node:fs/promises';
import path from 'node:path';
import proxy from '@fastify/http-proxy';
import files from '@fastify/static';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { describeApis } from './api-description.ts';
import { workspaceRoot } from './workspace.ts';

export interface OriginOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Where config-api and log-query are, without a slash at the end. */
  readonly configApi: string;
  readonly logQuery: string;
  /** The token that the page gets: a local run has no CE Pro around it that would hand one over. */
  readonly token: () => Promise<string>;
}

export interface Origin {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What log-query serves; config-api serves the rest of `/v1`. In Kubernetes the ingress says the same. */
const logQueryPath = /^\/v1\/(webhooks\/[^/?]+\/attempts|deliveries\/|events(?:[/?]|$))/;

const pagePath = '/settings/integrations/webhooks';
const filesPath = '/webhooks-console';
const filesDir = path.join(workspaceRoot, 'apps', 'console', 'dist');

/** The same as in `apps/console/nginx.conf`, which says why. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** CE Pro's part of the page, for a local run: it asks this origin for the token. The same beside docker-compose.yml. */
const hostFile = path.join(workspaceRoot, 'compose', 'host.js');

/** The single origin in front of the services and the console, for local runs and tests. Listens on loopback only. */
export async function startOrigin({ port = 0, configApi, logQuery, token }: OriginOptions): Promise<Origin> {
  const server = fastify({ forceCloseConnections: true });
  await server.register(proxy, {
    prefix: '/v1',
    rewritePrefix: '/v1',
    upstream: '',
    replyOptions: { getUpstream: (request) => (logQueryPath.test(request.url ?? '') ? logQuery : configApi) },
  });
  server.get('/openapi.json', () => describeApis([configApi, logQuery]));
  await servePage(server, token);
  const url = await server.listen({ host: '127.0.0.1', port });
  return { url, close: () => server.close() };
}

async function servePage(server: FastifyInstance, token: () => Promise<string>): Promise<void> {
  server.addHook('onSend', async (_request, reply) => {
    if (reply.getHeader('content-type')?.toString().includes('json')) return;
    void reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
  });
  server.get(`${filesPath}/host.js`, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(await readFile(hostFile)));
  await server.register(files, { root: filesDir, prefix: filesPath, index: false, cacheControl: false });
  server.post('/local/token', async (request, reply) => {
    // A name that somebody else's DNS leads here must not read it.
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) return reply.code(403).send();
    return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(await token());
  });
  const page = async (_request: unknown, reply: FastifyReply) =>
    reply.type('text/html; charset=utf-8').send(await readFile(path.join(filesDir, 'index.html')));
  server.get('/', (_request, reply) => reply.redirect(pagePath));
  server.get(pagePath, page);
  server.get(`${pagePath}/*`, page);
}
