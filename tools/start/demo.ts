import type { NatsConnection } from '@nats-io/transport-node';
import { catalogue } from '@cepro/contracts';
import { demoAccount, demoEndpoint, demoEvents, failsFirst, verdictOf, type DemoApi, type DemoEndpoint } from '@cepro/demo-kit';
import { startReceiver, type KeyPair, type Receiver } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { remember, remembered, StartError } from './settings.ts';

/** By then the retry has come, too, unless something is wrong. */
const slowMs = 30_000;

export interface DemoOptions extends DemoApi {
  readonly authority: KeyPair;
  readonly receiverPort: number;
  readonly connection: NatsConnection;
  readonly print: (line: string) => void;
}

/**
 * Registers a receiver on this machine as the demo account's endpoint, publishes an event of several types, and prints
 * what arrives and whether it verifies. Resolves with the receiver once all of them have arrived.
 */
export async function runDemo({ authority, receiverPort, connection, print, ...api }: DemoOptions): Promise<Receiver> {
  const receiver = await startReceiver({ authority, port: receiverPort });
  const endpoint = await rememberedEndpoint(`${receiver.url}/webhooks`, api);
  const arrived = Promise.withResolvers<void>();
  const missing = new Set<string>(demoEvents);
  receiver.answer((request) => {
    const type = String(request.headers['x-webhook-event']);
    const attempt = String(request.headers['x-webhook-attempt']);
    const fails = type === failsFirst && attempt === '1' && missing.has(type);
    print(verdictOf(request, endpoint.secret, fails ? 503 : 200));
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

async function rememberedEndpoint(url: string, api: DemoApi): Promise<DemoEndpoint> {
  const known = await remembered<DemoEndpoint | null>('demo-endpoint.json', () => null);
  const endpoint = await demoEndpoint(url, api, known).catch((error: Error) => {
    throw new StartError(error.message);
  });
  if (endpoint !== known) await remember('demo-endpoint.json', endpoint);
  return endpoint;
}
