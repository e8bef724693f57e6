import { randomUUID } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSeedFile } from '@cepro/service';
import { nkeys } from '@nats-io/transport-node';

/**
 * The public keys of users whose seeds lie in a folder, as `<user>.nk`. A seed that is missing is made and written there, readable by
 * nobody else; one that is there is never written again.
 * @throws Error for a file that holds something else.
 */
export async function publicKeysIn(folder: string, users: readonly string[]): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keys: Record<string, string> = {};
  for (const user of users) {
    const file = path.join(folder, `${user}.nk`);
    await writeOnce(file, nkeys.createUser().getSeed());
    keys[user] = nkeys.fromSeed(new TextEncoder().encode(readSeedFile(file))).getPublicKey();
  }
  return keys;
}

/** Writes a file that is not there, whole or not at all: half a seed would stay for ever. */
async function writeOnce(file: string, content: Uint8Array): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { flag: 'wx', mode: 0o600, flush: true });
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
