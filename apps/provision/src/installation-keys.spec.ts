import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { natsUsers, notificationsUser, publishingDomains, serviceUsers } from '@cepro/jetstream';
import { makeKeys } from './installation-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cepro-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

const accounts = () => readFile(path.join(folder, 'server', 'accounts.conf'), 'utf8');

describe('the keys of an installation', () => {
  it('are in a folder of its own for each of our users, and the permissions name them all', async () => {
    expect((await makeKeys(folder, { shards: 2 })).sort()).toEqual([...natsUsers].sort());
    for (const user of [...serviceUsers, notificationsUser]) {
      expect(await readdir(path.join(folder, user))).toEqual([`${user}.nk`]);
      const seed = await readFile(path.join(folder, user, `${user}.nk`));
      expect(await accounts()).toContain(`nkey: ${nkeys.fromSeed(seed).getPublicKey()}`);
    }
    expect((await readdir(path.join(folder, 'domains'))).sort()).toEqual(publishingDomains.map((user) => `${user}.nk`).sort());
    expect(await readdir(path.join(folder, 'server'))).toEqual(['accounts.conf']);
  });

  it('stay when it is done again, and are for nobody else to read', async () => {
    await makeKeys(folder, { shards: 2 });
    const before = await accounts();
    await makeKeys(folder, { shards: 2 });
    expect(await accounts()).toBe(before);
    for (const file of ['ledger/ledger.nk', 'domains/leads.nk', 'server/accounts.conf']) expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600);
  });

  it('have a user for development only where a password is given', async () => {
    await makeKeys(folder, { shards: 2 });
    expect(await accounts()).not.toContain('development');
    await makeKeys(folder, { shards: 2, developmentPassword: 'a "password"' });
    expect(await accounts()).toContain('{ user: development, password: "a \\"password\\"" }');
  });
});
