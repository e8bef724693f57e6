import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { routerDurable, streams } from '@cepro/contracts';
import { eventually, type ServiceProcess } from '@cepro/testkit';
import { Books, cleanAudit, shortRetries, System } from '../src/index.ts';

let system: System;

afterEach(async () => {
  await system?.stop();
});

const ackWaitMs = 2_000;

async function start(env: Readonly<Record<string, string>> = shortRetries): Promise<System> {
  system = await System.start({ env: { 'delivery-worker': env }, provision: { DELIVERY_SHARDS: '4', DELIVERY_ACK_WAIT_MS: String(ackWaitMs) } });
  const jsm = await system.jsm;
  const { config } = await jsm.consumers.info(streams.events, routerDurable);
  await jsm.consumers.update(streams.events, routerDurable, { ...config, ack_wait: ackWaitMs * 1_000_000 });
  return system;
}

async function problemsOf({ managementPort }: ServiceProcess): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${managementPort}/health/ready`);
  expect((await fetch(`http://127.0.0.1:${managementPort}/health/live`)).status).toBe(200);
  const { problems = {} } = await response.json() as { problems?: Record<string, string> };
  expect(response.status).toBe(Object.keys(problems).length > 0 ? 503 : 200);
  return problems;
}

const said = (service: ServiceProcess, text: string) => service.logs().filter(({ msg }) => msg === text);

describe('NATS that is killed and comes back', () => {
  it('is waited out: nothing is lost, and what was in flight is on record once', async () => {
    await start();
    const books = await Books.open(system, 'acct_outage', [0, 2, 4]);
    for (const { path, failures } of books.endpoints) {
      // Longer than the server takes to notice: these requests end while it is away.
      system.receiver.at(path).answer(({ headers }) => ({ delayMs: 700, status: Number(headers['x-webhook-attempt']) <= failures ? 500 : 200 }));
    }
    await books.publish(20);
    await eventually(() => books.requests.length >= 30);
    await system.nats.kill();
    const services = [system.service('event-router'), system.service('delivery-worker')];
    for (const service of services) {
      await eventually(async () => expect(await problemsOf(service)).toMatchObject({ nats: 'connection lost' }));
      expect(said(service, 'NATS is away; trying again')).not.toEqual([]);
    }
    // Longer than the server waits for an answer, so that all of it comes again as soon as the server is back.
    await sleep(ackWaitMs + 2_000);
    await system.restartNats();
    for (const service of services) {
      await service.ready();
      expect(said(service, 'connected to NATS again')).toHaveLength(1);
    }
    await books.publish(3);
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('holds up nobody who is told to stop meanwhile', async () => {
    // With the deadline of production, after which a stopping worker gives up.
    await start({ ...shortRetries, DELIVERY_TIMEOUT_MS: '10000' });
    const books = await Books.open(system, 'acct_stop', [0]);
    for (const { path } of books.endpoints) system.receiver.at(path).answer({ delayMs: 1_000 });
    // As many as an endpoint may have in flight of which nothing is known.
    await books.publish(8);
    await eventually(() => books.requests.length >= 8);
    await system.nats.kill();
    const services = [system.service('event-router'), system.service('delivery-worker')];
    for (const service of services) await eventually(async () => expect(await problemsOf(service)).toHaveProperty('nats'));
    // `stop` fails when it takes a minute.
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0]);

    // What could not be recorded was in flight when the worker ended, so it is made again.
    const inFlight = await system.restartNats().then(() => eventually(() => books.unrecorded()));
    expect(inFlight).toHaveLength(8);
    for (const app of ['event-router', 'delivery-worker'] as const) await system.startService(app);
    await books.settled();
    expect(await books.audit()).toEqual({ ...cleanAudit, sentTwice: inFlight });
  });
});

describe('NATS that is not there yet', () => {
  it('is waited for by everybody, and then they are ready by themselves', async () => {
    system = await System.start({ env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' }, without: ['event-router', 'delivery-worker'] });
    const books = await Books.open(system, 'acct_early', [0]);
    await books.publish(3);
    await system.nats.kill();
    const services = [await system.launch('event-router'), await system.launch('delivery-worker')];
    for (const service of services) {
      await eventually(async () => expect(await problemsOf(service)).toMatchObject({ nats: expect.stringContaining('not connected yet') }));
      await eventually(() => said(service, 'NATS is away; trying again').length > 0);
    }
    await system.restartNats();
    for (const service of services) await service.ready();
    await books.settled();
    expect(await books.audit()).toEqual(cleanAudit);
  });

  it('holds up nobody who is told to stop before it comes', async () => {
    system = await System.start({ without: ['config-api', 'log-query', 'event-router', 'delivery-worker'] });
    await system.nats.kill();
    const services = [await system.launch('event-router'), await system.launch('delivery-worker')];
    for (const service of services) await eventually(async () => expect(await problemsOf(service)).toHaveProperty('nats'));
    expect(await Promise.all(services.map((service) => service.stop()))).toEqual([0, 0]);
  });

  it('and streams that are not there yet are told apart', async () => {
    system = await System.start({ env: { 'delivery-worker': shortRetries }, provision: { DELIVERY_SHARDS: '4' }, without: ['event-router', 'delivery-worker'] });
    const jsm = await system.jsm;
    await jsm.consumers.delete(streams.events, routerDurable);
    const router = await system.launch('event-router');
    await eventually(async () => expect(await problemsOf(router)).toMatchObject({
      streams: `missing: consumer ${streams.events}/${routerDurable}; run the provisioning command`,
    }));
    await system.provision();
    await router.ready();
  });
});
