import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue, type EventType } from '@cepro/contracts';
import { demoAccount, demoEvents } from '@cepro/demo-kit';
import { connectNats } from '@cepro/jetstream';
import { configOrExit } from '@cepro/service';
import { EventNotPublishedError, WebhooksPublisher } from '@cepro/webhooks-publisher';
import { readPublisherConfig } from './config.ts';
import { startManagement, toldToEnd } from './management.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);
const mostInFlight = 64;
const againMs = 1_000;
const reportMs = 10_000;
/** What is on its way when the end comes has this long: NATS may be away. */
const lastMs = 5_000;

/**
 * Publishes the demo's events in turn, each as the NATS user of the domain that it belongs to, at an even pace, until it has published as
 * many as it was told to, or is told to end. What was not acknowledged is published again under its id, and given up soon after the end.
 */
export async function run(): Promise<void> {
  const config = configOrExit('publisher', readPublisherConfig);
  const [ending, late] = [new AbortController(), new AbortController()];
  ending.signal.addEventListener('abort', () => setTimeout(() => late.abort(), lastMs).unref(), { once: true });
  void toldToEnd().then(() => ending.abort());
  let problem: string | undefined = 'NATS is not connected yet';
  const management = await startManagement({ host: config.MANAGEMENT_HOST, port: config.MANAGEMENT_PORT }, () => problem);
  const domains = new Map<string, { publisher: WebhooksPublisher; close: () => Promise<void> }>();
  try {
    for (const domain of new Set(demoEvents.map(domainOf))) domains.set(domain, await connect(domain, config, ending.signal));
    problem = undefined;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  }

  const run = Date.now().toString(36);
  let published = 0;
  const report = setInterval(() => print(`  published ${published} events`), reportMs);
  async function publish(n: number): Promise<void> {
    const type = demoEvents[n % demoEvents.length]!;
    const { publisher } = domains.get(domainOf(type))!;
    for (;;) {
      try {
        await publisher.publish({ type, accountId: demoAccount, id: `${run}-${n}`, data: catalogue[type].example }, { signal: late.signal });
        published++;
        problem = undefined;
        return;
      } catch (error) {
        if (late.signal.aborted) {
          print(`  ${run}-${n} was not acknowledged before the end`);
          return;
        }
        if (!(error instanceof EventNotPublishedError) || error.permanent) throw error;
        problem = error.message;
        print(`  ${error.message}`);
        await sleep(againMs, undefined, { signal: late.signal }).catch(() => undefined);
      }
    }
  }

  let failure: unknown;
  const inFlight = new Set<Promise<void>>();
  const started = Date.now();
  const intervalMs = 60_000 / config.DEMO_EVENTS_PER_MINUTE;
  for (let n = 0; !ending.signal.aborted && (config.DEMO_EVENTS === 0 || n < config.DEMO_EVENTS); n++) {
    await sleep(Math.max(0, started + n * intervalMs - Date.now()), undefined, { signal: ending.signal }).catch(() => undefined);
    if (inFlight.size >= mostInFlight) await Promise.race(inFlight);
    if (ending.signal.aborted) break;
    const one = publish(n).catch((error: unknown) => {
      failure ??= error;
      ending.abort();
    }).finally(() => inFlight.delete(one));
    inFlight.add(one);
  }
  await Promise.all(inFlight);
  clearInterval(report);
  print(`  published ${published} events in all`);
  for (const { close } of domains.values()) await close();
  await management.close();
  if (failure !== undefined) throw failure;
}

/** The service of CE Pro that an event type belongs to, as the NATS permissions name it. */
function domainOf(type: EventType): string {
  return catalogue[type].group.toLowerCase();
}

async function connect(domain: string, { NATS_URL: url, NATS_SEEDS_DIR: folder }: ReturnType<typeof readPublisherConfig>, signal: AbortSignal) {
  const seed = (await readFile(path.join(folder, `${domain}.nk`), 'utf8')).trim();
  const connection = await connectNats({ url, name: domain, nkey: { user: domain, seed } }, { signal, onRetry: (error) => print(`  ${String(error)}`) });
  return { publisher: new WebhooksPublisher(connection, { domain }), close: () => connection.close() };
}
