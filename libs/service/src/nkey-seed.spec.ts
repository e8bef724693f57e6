import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { InvalidEnvironmentError, natsVariables, readEnvironment } from './environment.ts';
import { natsOptions } from './nats-options.ts';

const seedOf = (pair: { getSeed(): Uint8Array }) => new TextDecoder().decode(pair.getSeed());
const seed = seedOf(nkeys.createUser());
const NATS_URL = 'nats://nats:4222';

let folder: string;

beforeAll(async () => { folder = await mkdtemp(path.join(tmpdir(), 'cepro-seeds-')); });
afterAll(() => rm(folder, { recursive: true }));

async function aFile(text: string): Promise<string> {
  const file = path.join(folder, `${Math.random()}.nk`);
  await writeFile(file, text);
  return file;
}

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readEnvironment(natsVariables, { NATS_URL, ...env });
  } catch (error) {
    if (error instanceof InvalidEnvironmentError) return error.faults;
    throw error;
  }
  return [];
}

describe('the seed of an NKEY', () => {
  it('may stand in the environment or in a file, which counts if both are there', async () => {
    const optionsFor = (env: Record<string, string>) => natsOptions(readEnvironment(natsVariables, { NATS_URL, ...env }), 'ledger');
    const inFile = seedOf(nkeys.createUser());
    const file = await aFile(`${inFile}\n`);
    expect(optionsFor({ NATS_NKEY_SEED: seed })).toEqual({ url: NATS_URL, name: 'ledger', nkey: { user: 'ledger', seed } });
    expect(optionsFor({ NATS_NKEY_SEED_FILE: file })).toMatchObject({ nkey: { seed: inFile } });
    expect(optionsFor({ NATS_NKEY_SEED: seed, NATS_NKEY_SEED_FILE: file })).toMatchObject({ nkey: { seed: inFile } });
    expect(optionsFor({})).toEqual({ url: NATS_URL, name: 'ledger' });
  });

  it.each([
    ['a word', 'sesame'], ['a public key', nkeys.createUser().getPublicKey()], ['the seed of an account', seedOf(nkeys.createAccount())],
    ['a seed with a letter changed', `${seed.slice(0, 20)}${seed[20] === 'A' ? 'B' : 'A'}${seed.slice(21)}`],
  ])('is not %s, and is not repeated', async (_what, text) => {
    const faults = [...faultsOf({ NATS_NKEY_SEED: text }), ...faultsOf({ NATS_NKEY_SEED_FILE: await aFile(text) })];
    expect(faults).toEqual([expect.stringMatching(/^NATS_NKEY_SEED: must be the seed/), expect.stringMatching(/^NATS_NKEY_SEED_FILE: .*must hold the seed/)]);
    expect(faults.join()).not.toContain(text);
  });

  it('is not in a file that is not there', () => {
    expect(faultsOf({ NATS_NKEY_SEED_FILE: path.join(folder, 'none.nk') })).toEqual([expect.stringMatching(/^NATS_NKEY_SEED_FILE: the file can not be read: ENOENT/)]);
  });
});
