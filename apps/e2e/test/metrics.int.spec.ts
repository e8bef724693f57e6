import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  attemptErrors, cancelReasons, lanes, notificationTypes, routerDurable, routingFaults, streams, systemDisabledReasons, workerDurable,
} from '@cepro/contracts';
import { everyStream } from '@cepro/jetstream';
import { eventually, startService, workspaceRoot, type ServiceProcess } from '@cepro/testkit';
import {
  anEndpointOf, apps, documentedMetrics, exposedMetrics, figureOf, publishBody, publishEvent, routed, shortRetries, System, type Metric, type OwnEndpoint,
} from '../src/index.ts';

const shards = 2;
const services = [...apps, 'ledger'] as const;
type Service = (typeof services)[number];

let system: System;
let ledger: ServiceProcess;
let own: OwnEndpoint;
let retried: OwnEndpoint;
const exposed = new Map<Service, Map<string, Metric>>();
const texts: string[] = [];

const serviceOf = (name: Service) => (name === 'ledger' ? ledger : system.service(name));
const shows = (name: Service, series: string, value: number) => eventually(async () => expect([series, await figureOf(serviceOf(name), series)]).toEqual([series, value]));

/** Everything that the system does, once. */
beforeAll(async () => {
  system = await System.start({
    env: {
      'config-api': { AUTO_DISABLE_CHECK_MS: '200' },
      'delivery-worker': { ...shortRetries, DELIVERY_RETRY_DELAYS_MS: '20000,300,300', DELIVERY_JITTER_PERCENT: '0' },
    },
    provision: { DELIVERY_SHARDS: String(shards) },
  });
  const env = { NATS_URL: system.nats.url, DATABASE_URL: system.database.url, MANAGEMENT_HOST: '127.0.0.1', LEDGER_INTERVAL_MS: '200', LEDGER_WATCH_INTERVAL_MS: '200' };
  expect((await (await startService({ app: 'ledger', entry: 'dist/migrate.js', env })).exited).code).toBe(0);
  ledger = await startService({ app: 'ledger', env });
  await ledger.ready();

  own = await anEndpointOf(system, 'acct_shown');
  retried = await anEndpointOf(system, 'acct_retried');
  retried.path.answer({ status: 503 });
  const gone = await anEndpointOf(system, 'acct_gone');
  gone.path.answer({ status: 410 });
  await publishEvent(system, { accountId: 'acct_shown' });
  await publishBody(system, 'cepro.events.acct_garbage.invoice.paid', 'garbage');
  for (let n = 0; n < 3; n += 1) await publishEvent(system, { accountId: 'acct_gone' });
  await own.path.waitFor(1, 60_000);
  await eventually(async () => (await gone.account.call('GET', `/v1/webhooks/${gone.endpoint.id}`)).body['active'] === false);
  await own.account.call('GET', `/v1/${own.endpoint.id}`);
  await own.account.call('POST', `/v1/webhooks/${own.endpoint.id}/test`);
  await own.account.log(own.endpoint.id);
  await gone.account.call('DELETE', `/v1/webhooks/${gone.endpoint.id}`);
  await routed(system);
});

afterAll(async () => {
  if (ledger?.isRunning) await ledger.kill();
  await system?.stop();
});

/** What there is to be seen, whoever made it up. */
const matches = (pattern: string, value: string) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.:/\\]/g, '\\$&')).join('.*')}$`).test(value);

describe('the figures', () => {
  it('say what has happened', async () => {
    await shows('delivery-worker', 'webhooks_delivery_duration_seconds_count{state="succeeded"}', 1);
    await shows('ledger', 'webhooks_ledger_deliveries{by="event",state="succeeded"}', 1);
    await shows('event-router', 'webhooks_routing_delay_seconds_count', 5);
    await shows('event-router', 'webhooks_dead_letters_total{reason="not-json"}', 1);
    await shows('config-api', 'webhooks_endpoints_auto_disabled_total{reason="gone"}', 1);
    await shows('config-api', 'webhooks_api_request_duration_seconds_count{method="POST",route="/v1/webhooks",status="2xx"}', 3);
    await shows('config-api', 'webhooks_api_request_duration_seconds_count{method="GET",route="other",status="4xx"}', 1);
    await shows('log-query', 'webhooks_api_request_duration_seconds_count{method="GET",route="/v1/webhooks/:id/attempts",status="2xx"}', 1);
    await shows('delivery-worker', 'webhooks_delivery_delay_seconds_count{lane="normal"}', 4);
    for (const projection of ['deliveries', 'events', 'routings', 'endpoints']) await shows('log-query', `webhooks_projection_lag_seconds{projection="${projection}"}`, 0);
    for (const projection of ['endpoints', 'endpoint-health', 'endpoint-notices']) await shows('config-api', `webhooks_projection_lag_seconds{projection="${projection}"}`, 0);
    for (const name of services) await shows(name, 'webhooks_ready', 1);
  });

  it('know the retry that waits until it has come', async () => {
    // Those of the endpoint that is gone were erased with it.
    await shows('ledger', 'webhooks_retries_waiting', 0);
    await publishEvent(system, { accountId: 'acct_retried' });
    await shows('ledger', 'webhooks_retries_waiting', 1);
    await retried.path.waitFor(1, 60_000);
    retried.path.answer({ status: 200 });
    await shows('ledger', 'webhooks_retries_waiting', 0);
    await shows('delivery-worker', 'webhooks_delivery_duration_seconds_count{state="succeeded"}', 2);
    await shows('delivery-worker', 'webhooks_delivery_delay_seconds_count{lane="normal"}', 5);
    // It took as long as the wait for the retry, at least.
    expect(await figureOf(system.service('delivery-worker'), 'webhooks_delivery_duration_seconds_sum{state="succeeded"}')).toBeGreaterThan(20);
  });

  it('tell how far the router is behind that does not run', async () => {
    const lag = `webhooks_consumer_lag_seconds{stream="${streams.events}",consumer="${routerDurable}"}`;
    await system.service('event-router').kill();
    const before = Date.now();
    await publishEvent(system, { accountId: 'acct_shown' });
    await eventually(async () => expect(await figureOf(ledger, lag)).toBeGreaterThan(1));
    expect(await figureOf(ledger, lag)).toBeLessThanOrEqual((Date.now() - before) / 1_000);
    await system.startService('event-router');
    await shows('ledger', lag, 0);
    expect(await figureOf(system.service('event-router'), 'webhooks_routing_delay_seconds_sum')).toBeGreaterThan(1);
    // Garbage again: the router's counts began anew with it.
    await publishBody(system, 'cepro.events.acct_garbage.invoice.paid', 'garbage');
    await routed(system);
  });
});

describe('docs/metrics.md', () => {
  const documented = documentedMetrics();
  const text = readFileSync(`${workspaceRoot}/docs/metrics.md`, 'utf8');

  beforeAll(async () => {
    for (const name of services) {
      texts.push(await (await fetch(`http://127.0.0.1:${serviceOf(name).managementPort}/metrics`)).text());
      exposed.set(name, await exposedMetrics(serviceOf(name)));
    }
  });

  it('has each metric once', () => expect(documented.map(({ name }) => name)).toEqual([...new Set(documented.map(({ name }) => name))]));

  it.each(services)('has the metrics of %s and no others, with their types', (service) => {
    const here = documented.filter(({ services: where }) => where.includes('all') || where.includes(service));
    const shown = [...exposed.get(service)!].filter(([name]) => name.startsWith('webhooks_'));
    expect(shown.map(([name, { type }]) => `${name} ${type}`).sort()).toEqual(here.map(({ name, type }) => `${name} ${type}`).sort());
  });

  it('knows all services', () => {
    const named = new Set(documented.flatMap(({ services: where }) => where));
    expect([...named].sort()).toEqual(['all', ...services].sort());
  });

  it('has the labels of each metric, and every value that they have', () => {
    for (const { name, labels } of documented) {
      for (const [service, metrics] of exposed) {
        const shown = metrics.get(name);
        if (!shown || shown.labels.size === 0) continue;
        expect([service, name, [...shown.labels.keys()].sort()]).toEqual([service, name, [...labels.keys()].sort()]);
        for (const [label, values] of shown.labels) {
          const strangers = values.filter((value) => !labels.get(label)!.some((pattern) => matches(pattern, value)));
          expect([service, name, label, strangers]).toEqual([service, name, label, []]);
        }
      }
    }
  });

  it('has no label that no series has, but for those of which there are none as long as all is well', () => {
    const seen = (name: string) => [...exposed.values()].some((metrics) => (metrics.get(name)?.labels.size ?? 0) > 0);
    const unseen = documented.filter(({ name, labels }) => labels.size > 0 && !seen(name)).map(({ name }) => name);
    expect(unseen.sort()).toEqual(['webhooks_ledger_unreadable_total', 'webhooks_projection_unreadable_total', 'webhooks_stream_max_bytes']);
  });

  it.each<[metric: string, label: string, values: readonly string[]]>([
    ['webhooks_attempts_total', 'status', [...[1, 2, 3, 4, 5].map((digit) => `${digit}xx`), ...attemptErrors]],
    ['webhooks_deliveries_cancelled_total', 'reason', cancelReasons],
    ['webhooks_dead_letters_total', 'reason', [...routingFaults, 'bad-delivery']],
    ['webhooks_endpoints_auto_disabled_total', 'reason', systemDisabledReasons],
    ['webhooks_notifications_total', 'type', notificationTypes],
    ['webhooks_stream_messages', 'stream', everyStream],
    ['webhooks_stream_bytes', 'stream', everyStream],
    ['webhooks_stream_max_bytes', 'stream', everyStream],
  ])('has of %s every %s that the code knows', (metric, label, values) => {
    expect([...documented.find(({ name }) => name === metric)!.labels.get(label)!].sort()).toEqual([...values].sort());
  });

  it('names no metric that is not there', () => {
    const all = new Set([...exposed.values()].flatMap((metrics) => [...metrics.keys()]));
    const named = [...text.matchAll(/`((?:webhooks|nodejs|process)_\w+?)(?:_count|_sum|_bucket)?(?:\{[^`]*\})?`/g)].map(([, name]) => name!);
    expect([...new Set(named)].filter((name) => !all.has(name))).toEqual([]);
    // What is not ours comes from prom-client, in every service.
    for (const metrics of exposed.values()) expect([...metrics.keys()].filter((name) => !/^(webhooks|nodejs|process)_/.test(name))).toEqual([]);
  });

  it('is true to its word: no label holds an account, an endpoint or a delivery', () => {
    const shown = texts.join('\n');
    for (const word of ['acct_', own.endpoint.id, retried.endpoint.id]) expect(shown).not.toContain(word);
    expect(shown).not.toMatch(/(wh|dlv|evt)_[0-9a-f]{8}-/);
    expect(shown).toContain(`consumer="${workerDurable(lanes[0]!, 0)}"`);
  });
});
