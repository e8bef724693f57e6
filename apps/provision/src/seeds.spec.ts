import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { publicKeysIn } from './seeds.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'cepro-seeds-'));
  folder = path.join(parent, 'seeds');
});
afterEach(() => rm(parent, { recursive: true }));

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);

describe('seeds', () => {
  it('are made for those who have none, for nobody else to read', async () => {
    const keys = await publicKeysIn(folder, ['ledger', 'leads']);
    expect(await modeOf(folder)).toBe('700');
    for (const user of ['ledger', 'leads']) {
      const file = path.join(folder, `${user}.nk`);
      expect(await modeOf(file)).toBe('600');
      expect(nkeys.fromSeed(await readFile(file)).getPublicKey()).toBe(keys[user]);
    }
    expect(keys['ledger']).not.toBe(keys['leads']);
  });

  it('are made once', async () => {
    const first = await publicKeysIn(folder, ['ledger']);
    expect(await publicKeysIn(folder, ['ledger', 'leads'])).toMatchObject(first);
  });

  it('are whole or not there: what a run has left that died while it wrote is in nobody\'s way, and nobody\'s seed', async () => {
    await publicKeysIn(folder, []);
    const draft = path.join(folder, 'ledger.nk.0e6c2d4a-1f9b-4c55-9d7e-3a8b5f2c1d00');
    await writeFile(draft, nkeys.createUser().getSeed().subarray(0, 20));
    const keys = await publicKeysIn(folder, ['ledger']);
    expect(nkeys.fromSeed(await readFile(path.join(folder, 'ledger.nk'))).getPublicKey()).toBe(keys['ledger']);
    expect((await readdir(folder)).sort()).toEqual(['ledger.nk', path.basename(draft)]);
  });

  it('are one, where several make them at a time', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => publicKeysIn(folder, ['ledger'])));
    expect(new Set(keys.map(({ ledger }) => ledger)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['ledger.nk']);
  });

  it('are not made over what is no seed', async () => {
    await publicKeysIn(folder, []);
    const file = path.join(folder, 'ledger.nk');
    await writeFile(file, 'a letter');
    await expect(publicKeysIn(folder, ['ledger'])).rejects.toThrow('must hold the seed');
    expect(await readFile(file, 'utf8')).toBe('a letter');
  });
});
