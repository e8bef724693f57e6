import type { NatsConnection } from '@nats-io/transport-node';
import { catalogue, type EventType } from '@cepro/contracts';
import { verifyCePro, verifyStandard } from '@cepro/signing';
import { startReceiver, type KeyPair, type ReceivedRequest, type Receiver } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { remember, remembered, StartError } from './settings.ts';

/** The account that the demo plays with. */
export const demoAccount = 'acct_demo';

const demoEvents = ['lead.created', 'estimate.accepted', 'invoice.paid', 'proposal_accepted', 'job.completed'] as const satisfies EventType[];

/** The event whose first attempt the receiver fails, to show a retry. */
const failsFirst: EventType = 'job.completed';

/** By then the retry has come, too, unless something is wrong. */
const slowMs = 30_000;

interface DemoEndpoint {
  readonly id: string;
  readonly secret: string;
}

export interface DemoOptions {
  readonly authority: KeyPair;
  readonly receiverPort: number;
  readonly origin: string;
  readonly token: string;
  readonly connection: NatsConnection;
  readonly print: (line: string) => void;
}

/**
 * Registers a receiver on this machine as the demo account's endpoint, publishes an event of several types, and prints
 * what arrives and whether it verifies. Resolves with the receiver once all of them have arrived.
 */
export async function runDemo({ authority, receiverPort, origin, token, connection, print }: DemoOptions): Promise<Receiver> {
  const receiver = await startReceiver({ authority, port: receiverPort });
  const endpoint = await registerEndpoint(`${receiver.url}/webhooks`, origin, token);
  const arrived = Promise.withResolvers<void>();
  const missing = new Set<string>(demoEvents);
  receiver.answer((request) => {
    const type = String(request.headers['x-webhook-event']);
    const attempt = String(request.headers['x-webhook-attempt']);
    const fails = type === failsFirst && attempt === '1' && missing.has(type);
    print(describe(request, endpoint.secret, fails ? 503 : 200));
    if (!fails) missing.delete(type);
    if (missing.size === 0) arrived.resolve();
    return fails ? { status: 503, body: 'try again' } : { status: 200, body: 'thank you' };
  });
  print(`  account ${demoAccount}, endpoint ${endpoint.id}, receiver ${receiver.url}/webhooks`);
  const publisher = new WebhooksPublisher(connection, { domain: 'demo' });
  for (const type of demoEvents) {
    await publisher.publish({ type, accountId: demoAccount, id: `${Date.now()}-${type}`, data: catalogue[type].example });
  }
  print(`  published ${demoEvents.length} events; the receiver answers 503 to the first attempt of ${failsFirst}, so its retry comes about 10 s later`);
  const slow = setTimeout(() => print(`  still waiting for ${[...missing].join(', ')}; is the endpoint switched on? Its log is on the page`), slowMs);
  await arrived.promise;
  clearTimeout(slow);
  return receiver;
}

async function registerEndpoint(url: string, origin: string, token: string): Promise<DemoEndpoint> {
  const authorization = `Bearer ${token}`;
  const known = await remembered<DemoEndpoint | null>('demo-endpoint.json', () => null);
  if (known) {
    const found = await fetch(`${origin}/v1/webhooks/${known.id}`, { headers: { authorization } });
    const { url: current, active, events } = (await found.json()) as { url?: string; active?: boolean; events?: string[] };
    if (found.ok && current === url && active && demoEvents.every((event) => events?.includes(event))) return known;
  }
  const created = await fetch(`${origin}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ url, events: demoEvents, description: 'Demo receiver on this machine' }),
  });
  if (created.status !== 201) throw new StartError(`The demo's endpoint could not be created: ${created.status} ${await created.text()}`);
  const { id, secret } = (await created.json()) as DemoEndpoint;
  await remember('demo-endpoint.json', { id, secret });
  return { id, secret };
}

function describe({ headers, rawBody }: ReceivedRequest, secret: string, status: number): string {
  const header = (name: string): string => String(headers[name] ?? '');
  const cePro = verifyCePro(secret, rawBody, header('x-webhook-signature'));
  const standard = verifyStandard(secret, {
    id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature'),
  }, rawBody).ok;
  const verdict = cePro && standard ? 'verified (X-Webhook-Signature and webhook-signature)' : 'NOT VERIFIED';
  return `  ${header('x-webhook-event').padEnd(20)} attempt ${header('x-webhook-attempt')}  ${verdict}  answered ${status}  ${header('x-webhook-id')}`;
}
