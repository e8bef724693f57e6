import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, deliveryFactSubjects, eventSubject, notificationsDurable, streams } from '@cepro/contracts';
import { connectionOptions, foreignApiPrefix } from '@cepro/jetstream';
import { eventually, freePort, startService, type ServiceProcess } from '@cepro/testkit';
import { WebhooksPublisher } from '@cepro/webhooks-publisher';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { anEndpointOf, apps, permittedNats, routed, shortRetries, System, toldOf, type PermittedNats } from '../src/index.ts';

const shards = 2;

let monitoringPort: number;
let permitted: PermittedNats;
let system: System;
let ledger: ServiceProcess;
let invoices: NatsConnection;
let teller: NatsConnection;

const commonEnv = () => ({ NATS_URL: system.nats.url, DATABASE_URL: system.database.url, MANAGEMENT_HOST: '127.0.0.1' });

beforeAll(async () => {
  monitoringPort = await freePort();
  permitted = permittedNats({ shards });
  const env = (app: string) => permitted.envOf(app);
  system = await System.start({
    nats: { ...permitted.options, monitoringPort },
    provision: { ...env('provision'), DELIVERY_SHARDS: String(shards) },
    env: {
      'config-api': { ...env('config-api'), AUTO_DISABLE_CHECK_MS: '200' },
      'log-query': env('log-query'),
      'event-router': env('event-router'),
      'delivery-worker': { ...env('delivery-worker'), ...shortRetries, DELIVERY_CIRCUIT_FAILURES: '3' },
    },
  });
  expect((await (await startService({ app: 'ledger', entry: 'dist/migrate.js', env: commonEnv() })).exited).code).toBe(0);
  ledger = await startService({ app: 'ledger', env: { ...commonEnv(), ...env('ledger'), LEDGER_INTERVAL_MS: '200' } });
  await ledger.ready();
  invoices = await as('invoices');
  teller = await as('customer-notices');
});

afterAll(async () => {
  await Promise.all([invoices?.close(), teller?.close()]);
  if (ledger?.isRunning) await ledger.kill();
  await system?.stop();
});

async function as(user: string): Promise<NatsConnection> {
  const seed = permitted.envOf(user)['NATS_NKEY_SEED']!;
  return await connect(connectionOptions({ url: system.nats.url, name: user, nkey: { user, seed } }));
}

async function publish(accountId: string): Promise<void> {
  const publisher = new WebhooksPublisher(invoices, { domain: 'invoices' });
  await publisher.publish({ type: 'invoice.paid', accountId, id: crypto.randomUUID(), data: catalogue['invoice.paid'].example });
}

const newest = async ({ account, endpoint }: Awaited<ReturnType<typeof anEndpointOf>>) => (await account.log(endpoint.id))[0];

describe('with no more permissions than each needs', () => {
  it('every process is connected as its own user', async () => {
    const { connections } = (await (await fetch(`http://127.0.0.1:${monitoringPort}/connz?auth=true`)).json()) as { connections: { name?: string; nkey?: string; authorized_user?: string }[] };
    const names = [...apps, 'ledger', 'delivery-worker-tests'];
    for (const name of names) {
      const connection = connections.find((each) => each.name === name);
      expect([name, connection?.nkey ?? connection?.authorized_user]).toEqual([name, permitted.publicKeys[name === 'delivery-worker-tests' ? 'delivery-worker' : name]]);
    }
  });

  it('an event is delivered with retries, fails for good, and is sent again by hand', async () => {
    const own = await anEndpointOf(system, 'acct_retries');
    own.path.answer({ status: 500 });
    await publish('acct_retries');
    await eventually(async () => (await newest(own))?.outcome === 'Failed');
    own.path.answer({ status: 200 });
    expect((await own.account.call('POST', `/v1/deliveries/${(await newest(own))!.deliveryId}/retry`)).status).toBe(202);
    await eventually(async () => (await newest(own))?.outcome === 'Success');
    expect((await newest(own))!.attempt).toBe(5);
  });

  it('an event is listed and explained, with what it held', async () => {
    const own = await anEndpointOf(system, 'acct_explained');
    await publish('acct_explained');
    const listed = async () => (await own.account.call<{ data: { id: string; status: string }[] }>('GET', '/v1/events')).body.data;
    await eventually(async () => expect(await listed()).toMatchObject([{ status: 'routed' }]));
    const { status, body } = await own.account.call('GET', `/v1/events/${(await listed())[0]!.id}`);
    expect([status, body]).toEqual([200, expect.objectContaining({
      payload: expect.stringContaining('"invoice.paid"'), endpoints: [expect.objectContaining({ endpointId: own.endpoint.id, verdict: 'scheduled' })],
    })]);
  });

  it('a test is sent, and its answer comes back', async () => {
    const own = await anEndpointOf(system, 'acct_test');
    own.path.answer({ status: 200, body: 'thanks' });
    expect((await own.account.call('POST', `/v1/webhooks/${own.endpoint.id}/test`)).body).toMatchObject({ success: true, responseBody: 'thanks' });
  });

  it('deliveries go to the slow lane, and are sent from there', async () => {
    const own = await anEndpointOf(system, 'acct_slow');
    own.path.answer({ status: 503 });
    for (let n = 0; n < 6; n += 1) await publish('acct_slow');
    const diverted = async () => Object.keys((await (await system.jsm).streams.info(streams.deliveries, { subjects_filter: deliveryFactSubjects('diverted') })).state.subjects ?? {});
    await eventually(async () => (await diverted()).some((subject) => subject.includes(own.endpoint.id)));
    own.path.answer({ status: 200 });
    await eventually(async () => (await newest(own))?.outcome === 'Success');
  });

  it('a rate is kept', async () => {
    const own = await anEndpointOf(system, 'acct_rate');
    expect((await own.account.call('PATCH', `/v1/webhooks/${own.endpoint.id}`, { rateLimit: 20 })).status).toBe(200);
    for (let n = 0; n < 3; n += 1) await publish('acct_rate');
    await own.account.logged(own.endpoint.id, 3);
    expect((await (await system.jsm).streams.info('KV_webhook_rates', { subjects_filter: `$KV.webhook_rates.${own.endpoint.id}` })).state.subjects).toBeDefined();
  });

  it('garbage is put aside', async () => {
    await jetstream(invoices).publish(eventSubject('acct_garbage', 'invoice.paid'), 'garbage');
    await routed(system);
    expect((await (await system.jsm).streams.info(streams.deadLetters)).state.messages).toBe(1);
  });

  it('an endpoint that is switched off has its waiting retry cancelled', async () => {
    const own = await anEndpointOf(system, 'acct_off');
    own.path.answer({ status: 500 });
    await publish('acct_off');
    await eventually(async () => (await newest(own))?.outcome === 'Retrying');
    await own.account.call('PATCH', `/v1/webhooks/${own.endpoint.id}`, { active: false });
    await own.account.deliveryOnce((await newest(own))!.deliveryId, 'cancelled');
  });

  it('an endpoint that is gone is switched off, CE Pro is told, and all of it is erased when it is deleted', async () => {
    const own = await anEndpointOf(system, 'acct_gone');
    own.path.answer({ status: 410 });
    for (let n = 0; n < 3; n += 1) await publish('acct_gone');
    await eventually(async () => (await own.account.call('GET', `/v1/webhooks/${own.endpoint.id}`)).body['active'] === false);
    const consumer = await jetstream(teller, { apiPrefix: foreignApiPrefix }).consumers.get(streams.notifications, notificationsDurable);
    await eventually(async () => {
      const message = await consumer.next({ expires: 2_000 });
      message?.ack();
      return message?.subject === 'cepro.notifications.acct_gone.webhook.disabled';
    });
    expect((await own.account.call('DELETE', `/v1/webhooks/${own.endpoint.id}`)).status).toBe(204);
    await eventually(() => system.service('log-query').logs().some((line) => line['endpointId'] === own.endpoint.id && line['msg'] === 'an endpoint and its history were erased'));
    expect(await toldOf(system, 'acct_gone')).toEqual([]);
  });

  it('services that were killed go on', async () => {
    const own = await anEndpointOf(system, 'acct_killed');
    for (const app of apps) await system.service(app).kill();
    await publish('acct_killed');
    await Promise.all(apps.map((app) => system.startService(app)));
    await own.path.waitFor(1, 60_000);
  });

  it('the commands do what they are for', async () => {
    const { lines } = await rebuilt();
    expect(lines).toContain('rebuilt');
    await system.run('config-api', 'dist/reseal.js', permitted.envOf('config-api'));
    await routed(system);
    await eventually(async () => {
      const { balanced } = (await (await fetch(`http://127.0.0.1:${ledger.managementPort}/ledger`)).json()) as { balanced: boolean };
      return balanced;
    });
    const check = await startService({ app: 'ledger', entry: 'dist/check.js', env: { ...commonEnv(), ...permitted.envOf('operator') } });
    expect([(await check.exited).code, check.lines.at(-1)]).toEqual([0, 'everything is accounted for']);
    // Doing it again asks the server about everything that is there.
    await system.run('provision', 'dist/main.js', { ...permitted.envOf('provision'), DELIVERY_SHARDS: String(shards) });
  });

  it('and nobody has tried anything else: neither the server nor a service has a word of a refusal', () => {
    expect(system.nats.lines.filter((line) => /violation/i.test(line))).toEqual([]);
    expect([system.output, ...ledger.lines].join('\n').split('\n').filter((line) => /permi(t|ssion)|violation/i.test(line))).toEqual([]);
  });
});

async function rebuilt(): Promise<{ lines: string }> {
  const lines = [
    ...(await system.run('config-api', 'dist/rebuild.js', permitted.envOf('config-api'))), ...(await system.run('log-query', 'dist/rebuild.js', permitted.envOf('log-query'))),
  ];
  return { lines: lines.join('\n') };
}

describe('with fewer', () => {
  const problems = async (service: ServiceProcess) => {
    const answer = await fetch(`http://127.0.0.1:${service.managementPort}/health/ready`);
    return { status: answer.status, problems: ((await answer.json()) as { problems?: Record<string, string> }).problems };
  };

  /** Has the running server take another configuration, as operators do. */
  async function reloaded(change: (config: string) => string): Promise<void> {
    const file = path.join(path.dirname(system.nats.storeDir), 'nats-server.conf');
    await writeFile(file, change(await readFile(file, 'utf8')));
    const before = system.nats.lines.length;
    process.kill(system.nats.pid, 'SIGHUP');
    await eventually(() => system.nats.lines.slice(before).some((line) => line.includes('Reloaded server configuration')));
  }

  it('a service says what it may not do and is not ready, and goes on as soon as it may', async () => {
    const own = await anEndpointOf(system, 'acct_fewer');
    const router = system.service('event-router');
    const needed = '"webhooks.deliveries.n.*.*.scheduled"\n';
    await reloaded((config) => config.replace(needed, '# scheduled\n'));
    await publish('acct_fewer');
    const refusal = `NATS does not permit it to publish to webhooks.deliveries.n.`;
    await eventually(async () => expect(await problems(router)).toEqual({ status: 503, problems: { 'nats permissions': expect.stringContaining(refusal) } }));
    expect(router.logs()).toContainEqual(expect.objectContaining({ level: 'error', reason: expect.stringContaining(`${own.endpoint.id}.scheduled`), msg: expect.stringContaining('permissions are missing') }));
    expect(own.path.requests).toHaveLength(0);

    await reloaded((config) => config.replace('# scheduled\n', needed));
    await own.path.waitFor(1, 60_000);
    await eventually(async () => expect((await problems(router)).status).toBe(200));
  });

  it('a worker that may not answer tests says so', async () => {
    const worker = system.service('delivery-worker');
    const needed = ' "webhooks.send-test delivery-worker"';
    await reloaded((config) => {
      expect(config).toContain('"webhooks.send-test delivery-worker"');
      return config.replace(/^.*"webhooks\.send-test delivery-worker".*$/m, '# tests');
    });
    await worker.kill();
    const again = await system.launch('delivery-worker');
    await eventually(async () => expect((await problems(again)).problems).toMatchObject({ 'send-test': expect.stringContaining('subscribe to webhooks.send-test') }));
    await reloaded((config) => config.replace('# tests', needed));
    await again.ready();
  });

  it('a service with a key that the server does not know says so', async () => {
    const stranger = await startService({ app: 'ledger', env: { ...commonEnv(), ...permittedNats({ shards }).envOf('ledger') } });
    try {
      await eventually(async () => expect((await problems(stranger)).problems).toMatchObject({ nats: expect.stringMatching(/not connected yet: .*authorization violation/i) }));
      // It says so in two ways, which need not arrive here in the order in which it does.
      await eventually(() => expect(stranger.logs()).toContainEqual(expect.objectContaining({ level: 'error', msg: expect.stringContaining('does not let it in') })));
    } finally {
      await stranger.kill();
    }
  });
});
