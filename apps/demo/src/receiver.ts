import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoAccount, demoEndpoint, failsFirst, removeOtherEndpoints, verdictOf, type DemoEndpoint } from '@cepro/demo-kit';
import { configOrExit } from '@cepro/service';
import { anAccessToken, createTestAuthority } from '@cepro/testkit';
import { readReceiverConfig } from './config.ts';
import { keepEndpoint, keptEndpoint } from './kept-endpoint.ts';
import { startManagement, toldToEnd } from './management.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);
const tokenSeconds = 12 * 3_600;
const againMs = 2_000;

/**
 * Receives what the demo's endpoint is sent, and prints of each request whether it verifies. Registers the endpoint first, and
 * gives the page its token, since there is no CE Pro around it that would.
 */
export async function run(): Promise<void> {
  const config = configOrExit('receiver', readReceiverConfig);
  const token = () => anAccessToken({
    accountId: demoAccount, secret: config.AUTH_JWT_SECRET, audience: config.AUTH_AUDIENCE, issuer: config.AUTH_ISSUER, expiresInSeconds: tokenSeconds,
  });
  const ended = toldToEnd();
  let endpoint: DemoEndpoint | undefined;
  const management = await startManagement({ host: config.MANAGEMENT_HOST, port: config.MANAGEMENT_PORT }, () => (endpoint ? undefined : 'the endpoint is not registered yet'));
  const { hostname, port } = new URL(config.DEMO_RECEIVER_URL);
  const { key, cert } = await createTestAuthority({ dir: config.DEMO_AUTHORITY_DIR, names: [hostname] });
  let failed = false;
  const receiver = createServer({ key, cert }, (request, response) => void receive(request, response).catch(() => response.destroy()));
  const page = createHttpServer((request, response) => void giveToken(request, response, token).catch(() => response.destroy()));
  receiver.listen(Number(port));
  page.listen(config.HTTP_PORT);
  await Promise.all([once(receiver, 'listening'), once(page, 'listening')]);

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers } = request;
    if (!endpoint) {
      response.writeHead(503).end('not ready');
      return;
    }
    const fails = !failed && headers['x-webhook-event'] === failsFirst && headers['x-webhook-attempt'] === '1';
    failed ||= fails;
    const status = fails ? 503 : 200;
    print(verdictOf({ headers, rawBody: Buffer.concat(chunks) }, endpoint.secret, status));
    response.writeHead(status).end(fails ? 'try again' : 'thank you');
  }

  const registering = register();
  async function register(): Promise<void> {
    const file = path.join(config.DEMO_STATE_DIR, 'endpoint.json');
    for (;;) {
      try {
        const known = await keptEndpoint(file);
        const api = { origin: config.DEMO_ORIGIN_URL, token: await token() };
        const found = await demoEndpoint(config.DEMO_RECEIVER_URL, api, known);
        if (found !== known) {
          // Those whose secret was lost before it was kept, which would be sent everything too.
          await removeOtherEndpoints(config.DEMO_RECEIVER_URL, api, found.id);
          await keepEndpoint(file, found);
        }
        endpoint = found;
        print(`  account ${demoAccount}, endpoint ${found.id}, receiver ${config.DEMO_RECEIVER_URL}`);
        return;
      } catch (error) {
        // The origin answers before the API behind it does. A URL that is refused, here as below, needs EGRESS_ALLOWED_CIDRS: see the README.
        print(`  ${error instanceof Error ? error.message : String(error)}`);
        await sleep(againMs, undefined, { ref: false });
      }
    }
  }

  await ended;
  void registering;
  for (const server of [receiver, page]) {
    server.close();
    server.closeIdleConnections();
  }
  await management.close();
  // What is being answered has this long.
  await Promise.race([Promise.all([once(receiver, 'close'), once(page, 'close')]), sleep(5_000)]);
  process.exit(0);
}

async function giveToken({ method, url, headers }: IncomingMessage, response: ServerResponse, token: () => Promise<string>): Promise<void> {
  if (method !== 'POST' || url !== '/local/token') response.writeHead(404).end();
  // A name that somebody else's DNS leads here must not read it.
  else if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) response.writeHead(403).end();
  else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(await token());
}
