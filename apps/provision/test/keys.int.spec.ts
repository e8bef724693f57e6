import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats, provision, type NatsOptions } from '@cepro/jetstream';
import { startNats, type NatsServer } from '@cepro/testkit';
import { makeKeys } from '../src/installation-keys.ts';

const topology = { replicas: 1, shards: 2, deliveryAckWaitMs: 60_000, deliveriesRetentionDays: 31 };

let folder: string;
let nats: NatsServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cepro-keys-'));
  await makeKeys(folder, { shards: topology.shards, developmentPassword: 'for development' });
  nats = await startNats({ config: await readFile(path.join(folder, 'server', 'accounts.conf'), 'utf8') });
});
afterAll(async () => {
  await nats?.stop();
  await rm(folder, { recursive: true });
});

async function provisionAs(options: Omit<NatsOptions, 'name'>): Promise<number> {
  let refusal: unknown;
  const connection = await connectNats({ ...options, name: 'test' }, { signal: AbortSignal.timeout(2_000), onRetry: (error) => { refusal = error; } }).catch(() => { throw refusal; });
  try {
    return (await provision(await jetstreamManager(connection), topology)).length;
  } finally {
    await connection.close();
  }
}

it('a server takes the accounts, and provision its seed', async () => {
  const seed = await readFile(path.join(folder, 'provision', 'provision.nk'), 'utf8');
  expect(await provisionAs({ url: nats.url, nkey: { user: 'provision', seed } })).toBeGreaterThan(0);
});

it('the user for development may do it, too, with its password and with no other', async () => {
  const as = (password: string) => ({ url: nats.url.replace('nats://', `nats://development:${encodeURIComponent(password)}@`) });
  expect(await provisionAs(as('for development'))).toBeGreaterThanOrEqual(0);
  await expect(provisionAs(as('a guess'))).rejects.toThrow('Authorization');
});
