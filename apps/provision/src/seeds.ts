import { mkdir, writeFile } from 'node:fs/promises';
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
    try {
      await writeFile(file, nkeys.createUser().getSeed(), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    keys[user] = nkeys.fromSeed(new TextEncoder().encode(readSeedFile(file))).getPublicKey();
  }
  return keys;
}
