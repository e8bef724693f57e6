import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '@cepro/contracts';
import { eventually, startPrometheus, startService, type PrometheusServer, type ServiceProcess } from '@cepro/testkit';
import {
  anEndpointOf, apps, dashboardsOf, monitoringAt, monitoringRules, panelQueries, publishBody, publishEvent, selectorsOf, shortRetries, System, type OwnEndpoint,
} from '../src/index.ts';

// An account with a limit, so that there is something to be near.
const limitedAccount = 'accounts { LIMITED { jetstream: { max_file: 1GB }, users: [{ user: test, password: test }] } }\nno_auth_user: test\n';
const jobs = [...apps, 'ledger'];

let system: System;
let ledger: ServiceProcess;
let prometheus: PrometheusServer;
const over = new AbortController();
let work: Promise<void>;

interface AlertState { readonly labels: Readonly<Record<string, string>>; readonly state: string }

const statesOf = async (alert: string) => (await prometheus.api<{ alerts: readonly AlertState[] }>('alerts')).alerts.filter(({ labels }) => labels['alertname'] === alert).map(({ state }) => state);

beforeAll(async () => {
  system = await System.start({
    without: ['delivery-worker'],
    nats: { config: limitedAccount },
    env: {
      'config-api': { AUTO_DISABLE_CHECK_MS: '200' },
      'delivery-worker': { ...shortRetries, DELIVERY_CIRCUIT_FAILURES: '2' },
    },
    provision: { DELIVERY_SHARDS: '2' },
  });
  await (await system.jsm).streams.update(streams.deadLetters, { max_bytes: 10_000_000 });
  const env = { NATS_URL: system.nats.url, DATABASE_URL: system.database.url, MANAGEMENT_HOST: '127.0.0.1', LEDGER_INTERVAL_MS: '500', LEDGER_WATCH_INTERVAL_MS: '500' };
  expect((await (await startService({ app: 'ledger', entry: 'dist/migrate.js', env })).exited).code).toBe(0);
  ledger = await startService({ app: 'ledger', env });
  await ledger.ready();

  const well = await anEndpointOf(system, 'acct_well');
  // There is no worker that could make it: an error of ours.
  expect((await well.account.call('POST', `/v1/webhooks/${well.endpoint.id}/test`)).status).toBe(503);
  await system.startService('delivery-worker');
  const down = await anEndpointOf(system, 'acct_down');
  down.path.answer({ status: 503 });
  const gone = await anEndpointOf(system, 'acct_gone');
  gone.path.answer({ status: 410 });

  const targets = Object.fromEntries(jobs.map((job) => [job, `127.0.0.1:${(job === 'ledger' ? ledger : system.service(job as typeof apps[number])).managementPort}`]));
  prometheus = await startPrometheus(monitoringAt(targets));
  // What no router writes: neither the worker nor the log can read it.
  await publishBody(system, 'webhooks.deliveries.n.00.wh_garbage.scheduled', 'garbage');
  work = keepBusy(well);
});

afterAll(async () => {
  over.abort();
  await work;
  await prometheus?.stop();
  if (ledger?.isRunning) await ledger.kill();
  await system?.stop();
});

/** Everything that the system does, again and again: a rate needs more than one moment. */
async function keepBusy({ account, endpoint }: OwnEndpoint): Promise<void> {
  for (let round = 0; round < 900 && !over.signal.aborted; round += 1) {
    for (const accountId of ['acct_well', 'acct_down', 'acct_gone', 'acct_nobody']) await publishEvent(system, { accountId });
    await publishBody(system, 'cepro.events.acct_garbage.invoice.paid', 'garbage');
    await account.call('GET', '/v1/webhooks');
    await account.log(endpoint.id);
    await account.call('POST', `/v1/webhooks/${endpoint.id}/test`);
    await sleep(500, undefined, { signal: over.signal }).catch(() => undefined);
  }
}

describe('Prometheus', () => {
  it('scrapes every service, under its name', async () => {
    await eventually(async () => {
      const { activeTargets } = await prometheus.api<{ activeTargets: readonly { readonly labels: { readonly job: string }; readonly health: string }[] }>('targets');
      expect(activeTargets.map(({ labels, health }) => [labels.job, health]).sort()).toEqual(jobs.map((job) => [job, 'up']).sort());
    });
  });

  it('evaluates every rule without an error', async () => {
    const wanted = monitoringRules().map(({ record, alert }) => [record ?? alert, 'ok', undefined]);
    await eventually(async () => {
      const { groups } = await prometheus.api<{ groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[] }[] }>('rules');
      expect(groups.flatMap(({ rules }) => rules.map(({ name, health, lastError }) => [name, health, lastError])).sort()).toEqual(wanted.sort());
    });
  });
});

describe('what rules ask for is there:', () => {
  const there = async (selector: string) => (await prometheus.query(`count(last_over_time(${selector}[10m]))`)).length > 0;

  it.each(monitoringRules().map(({ record, alert, expr }) => [record ?? alert!, expr]))('%s', async (_name, expr) => {
    const selectors = await selectorsOf(prometheus, expr);
    expect(selectors).not.toEqual([]);
    await eventually(async () => {
      const missing = await Promise.all(selectors.map(async (selector) => ((await there(selector)) ? [] : [selector])));
      expect(missing.flat()).toEqual([]);
    });
  });

  it('and a metric, a label or a value that is misspelt is not', async () => {
    const misspelt = 'max(webhooks_consumer_lags_seconds) or sum(webhooks_ready{jobs="delivery-worker"}) or sum(webhooks_ready{job="delivery-workers"})';
    const selectors = await selectorsOf(prometheus, misspelt);
    expect(selectors).toHaveLength(3);
    for (const selector of selectors) expect(await there(selector)).toBe(false);
    for (const selector of await selectorsOf(prometheus, 'sum(webhooks_ready{job="delivery-worker"})')) expect(await there(selector)).toBe(true);
  });
});

describe('every panel shows something:', () => {
  const queries = panelQueries({ __rate_interval: '20s', job: '.+', instance: '.+' });

  it.each(queries.map(({ dashboard, panel, expr }) => [dashboard, panel, expr]))('%s, %s: %s', async (_dashboard, _panel, expr) => {
    // No variable is left, and what came back is a number at some moment: nothing divided by nothing is none.
    expect(expr).not.toMatch(/\$/);
    await eventually(async () => {
      const shown = await prometheus.queryRange(expr, { seconds: 120, stepSeconds: 2 });
      if (!shown.some(({ values }) => values.some(([, value]) => Number.isFinite(value)))) throw new Error(`nothing but ${JSON.stringify(shown).slice(0, 300)}`);
    });
  });

  it('and the choices have something to choose from', async () => {
    const choices = dashboardsOf().flatMap(({ templating }) => templating.list.filter(({ type }) => type === 'query')).map(({ name, query }) => [name, (query as { query: string }).query] as const);
    expect(choices.map(([name]) => name)).toEqual(['job', 'instance']);
    for (const [name, query] of choices) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query)!;
      expect(await prometheus.api<string[]>(`label/${label}/values`, { 'match[]': selector!.replace('$job', '.+') })).toHaveLength(jobs.length);
      expect(label).toBe(name);
    }
  });
});

describe('an alert', () => {
  it.each(['WebhooksEventsPutAside', 'WebhooksDeliveriesPutAside'])('on dead letters fires after the first of them: %s', async (alert) => {
    await eventually(async () => expect(await statesOf(alert)).toEqual(['firing']));
  });

  it('for a service that is not there fires when the worker is stopped, and is gone when it is back', async () => {
    const worker = system.service('delivery-worker');
    expect(await statesOf('WebhooksNoWorker')).toEqual([]);
    expect(await worker.stop()).toBe(0);
    await eventually(async () => expect(await statesOf('WebhooksNoWorker')).toEqual(['firing']));
    for (const other of ['WebhooksNoRouter', 'WebhooksNoConfigApi', 'WebhooksNoLogQuery', 'WebhooksNoLedger']) expect(await statesOf(other)).toEqual([]);
    await system.startService('delivery-worker', { MANAGEMENT_PORT: String(worker.managementPort) });
    await eventually(async () => expect(await statesOf('WebhooksNoWorker')).toEqual([]));
  });
});
