// npm start: the whole line on this machine, with a demo. See --help.
import { connectNats } from '@cepro/jetstream';
import { anAccessToken, startOrigin } from '@cepro/testkit';
import { buildServices } from './build.ts';
import { demoAccount } from '@cepro/demo-kit';
import { runDemo } from './start/demo.ts';
import { choosePorts, StartError } from './start/settings.ts';
import { localAccess, Stack } from './start/stack.ts';
import { stopSteps } from './step.ts';

const usage = `usage: npm start [-- --no-demo]      build, start everything, deliver a few demo events, stay up
       npm run dev                   the same from the sources, restarting what changes

Data, keys and logs are kept in .data; remove it to start afresh.
NATS_URL and DATABASE_URL, when set, name servers to use instead of starting some.
NATS_SERVER_BIN names a nats-server 2.12 or later; without it one is found on the PATH or fetched once.
NODE_EXTRA_CA_CERTS names a file with certificates of further authorities whose receivers the workers trust.
Ports: ORIGIN_PORT (8080), NATS_PORT (14222), POSTGRES_PORT (15432), CONFIG_API_PORT (13001), LOG_QUERY_PORT (13002),
DEMO_RECEIVER_PORT (18443), and for health and metrics CONFIG_API_MANAGEMENT_PORT (9101),
ROUTER_MANAGEMENT_PORT (9102), WORKER_MANAGEMENT_PORT (9103), LOG_QUERY_MANAGEMENT_PORT (9104),
LEDGER_MANAGEMENT_PORT (9105).`;

const print = (line: string) => void process.stdout.write(`${line}\n`);
const tokenHours = 12;

/** What is to be ended, the last begun first. */
const closers: (() => Promise<unknown>)[] = [];
const stopped = Promise.withResolvers<number>();

async function main(args: readonly string[]): Promise<void> {
  const { env } = process;
  const ports = await choosePorts(env, [...(env['NATS_URL'] ? ['nats' as const] : []), ...(env['DATABASE_URL'] ? ['postgres' as const] : [])]);
  print('Building …');
  closers.push(stopSteps);
  await buildServices();
  const stack = await Stack.start({ ports, watch: args.includes('--watch'), print, onDied: (error) => fail(error) }, env);
  closers.push(() => stack.stop());
  const newToken = () => anAccessToken({ accountId: demoAccount, secret: stack.keys.jwtSecret, expiresInSeconds: tokenHours * 3_600, ...localAccess });
  const server = await startOrigin({
    port: ports.origin, configApi: `http://127.0.0.1:${ports.configApi}`, logQuery: `http://127.0.0.1:${ports.logQuery}`, token: newToken,
  });
  closers.push(() => server.close());
  const origin = server.url;
  const token = await newToken();
  if (!args.includes('--no-demo')) {
    print('\nDemo');
    const connection = await connectNats({ url: stack.natsUrl, name: 'demo' }, { signal: AbortSignal.timeout(10_000), onRetry: (error) => print(String(error)) });
    closers.push(() => connection.close());
    const receiver = await runDemo({ authority: stack.authority, receiverPort: ports.receiver, origin, token, connection, print });
    closers.push(() => receiver.stop());
  }
  print(`
Up. The page Settings → Integrations → Webhooks is at ${origin}, as an admin of the demo account sees it.
The API is at ${origin}/v1, its description at ${origin}/openapi.json.

  export TOKEN=${token}
  curl -H "authorization: Bearer $TOKEN" ${origin}/v1/webhooks
  npm run publish-event -- ${demoAccount} invoice.paid

The token is for the account ${demoAccount}, for ${tokenHours} hours. Logs are in .data/logs. Ctrl-C stops everything.`);
}

function fail(error: unknown): void {
  process.stderr.write(`\n${error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  stopped.resolve(1);
}

if (process.argv.includes('--help')) {
  print(usage);
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.resolve(0));
  main(process.argv.slice(2)).catch(fail);
  const code = await stopped.promise;
  print('\nStopping …');
  for (const close of closers.reverse()) await close().catch((error: unknown) => print(String(error)));
  process.exit(code);
}
