import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@cepro/testkit';
import pg from 'pg';
import { anEndpointOf, publishEvent, System, type App, type OwnEndpoint } from '../src/index.ts';

// What docs/operate.md tells to do, in its order. Between the backup and the disaster a retry is made, an event is delivered, and
// an endpoint is registered.

let system: System;
let backup: string;

beforeAll(async () => {
  backup = await mkdtemp(path.join(tmpdir(), 'cepro-backup-'));
  system = await System.start({ env: { 'delivery-worker': { DELIVERY_RETRY_DELAYS_MS: '4000' } }, nats: { alwaysSync: true } });
});
afterAll(async () => {
  await system?.stop();
  await rm(backup, { recursive: true, force: true });
});

/** What a snapshot of the volume has: the files as they are at one moment, of a server that runs. */
async function takeBackup(): Promise<void> {
  await system.nats.pause();
  try {
    await cp(system.nats.storeDir, backup, { recursive: true });
  } finally {
    system.nats.resume();
  }
}

async function restoreBackup(): Promise<void> {
  const apps: App[] = [];
  for (const [app, service] of system.services) {
    await service.stop();
    apps.push(app as App);
  }
  await system.nats.kill();
  await rm(system.nats.storeDir, { recursive: true });
  await cp(backup, system.nats.storeDir, { recursive: true });
  await system.restartNats();
  await system.provision();
  await Promise.all([system.run('config-api', 'dist/rebuild.js'), system.run('log-query', 'dist/rebuild.js')]);
  await Promise.all(apps.map((app) => system.startService(app)));
}

const numbers = ({ path: { requests } }: OwnEndpoint) => requests.map(({ headers }) => headers['x-webhook-attempt']);
const ids = ({ path: { requests } }: OwnEndpoint) => requests.map(({ headers }) => headers['x-webhook-id']);

it('a system that is restored from a backup goes on from there, and what was accepted since can be published again', async () => {
  const steady = await anEndpointOf(system, 'acct_backup');
  const retried = await anEndpointOf(system, 'acct_backup_retried');
  retried.path.answer((_request, nth) => ({ status: nth === 1 ? 503 : 200 }));
  await publishEvent(system, { accountId: 'acct_backup', id: 'before' });
  await publishEvent(system, { accountId: 'acct_backup_retried' });
  const [entry] = await steady.account.logged(steady.endpoint.id, 1);
  await retried.account.logged(retried.endpoint.id, 1);
  await takeBackup();

  await publishEvent(system, { accountId: 'acct_backup', id: 'after' });
  const late = await anEndpointOf(system, 'acct_backup_late');
  await steady.account.logged(steady.endpoint.id, 2);
  await retried.account.logged(retried.endpoint.id, 2);
  await restoreBackup();

  // Of the backup everything is there: endpoints with their secrets, the log, and the retry, which is made once more under its own number.
  await retried.path.waitFor(3);
  expect(numbers(retried)).toEqual(['1', '2', '2']);
  expect(new Set(ids(retried)).size).toBe(1);
  await retried.account.deliveryOnce(ids(retried)[0] as string, 'succeeded');
  expect(await steady.account.logged(steady.endpoint.id, 1)).toEqual([entry]);
  expect(await late.account.call('GET', `/v1/webhooks/${late.endpoint.id}`)).toMatchObject({ status: 404 });

  // What the backup does not have comes back when its publisher sends it again, and what it has is not delivered twice.
  expect(await publishEvent(system, { accountId: 'acct_backup', id: 'before' })).toMatchObject({ duplicate: true });
  expect(await publishEvent(system, { accountId: 'acct_backup', id: 'after' })).toMatchObject({ duplicate: false });
  await steady.path.waitFor(3);
  await steady.account.logged(steady.endpoint.id, 2);
  expect(numbers(steady)).toEqual(['1', '1', '1']);
  expect(new Set(ids(steady)).size).toBe(3);
});

it('tables that are newer than the streams are not filled on: the service says that the view is to be rebuilt', async () => {
  const service = system.service('log-query');
  await service.stop();
  const client = new pg.Client({ connectionString: system.database.url });
  await client.connect();
  await client.query('UPDATE log.projections SET position = position + 1000');
  await client.end();
  const stale = await system.launch('log-query');
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${stale.managementPort}/health/ready`);
    expect(await answer.text()).toContain('rebuild the view');
  });
  await system.run('log-query', 'dist/rebuild.js');
  await stale.ready();
});
