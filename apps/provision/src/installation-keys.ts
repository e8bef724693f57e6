import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { notificationsUser, publishingDomains, serverAccounts, serviceUsers } from '@cepro/jetstream';
import { publicKeysIn } from './seeds.ts';

/**
 * Makes the seeds that are missing, and writes down who may do what. In `folder` are afterwards, each for a container that is
 * to see no other: `<user>/<user>.nk` for each of ours and for whoever tells the customer, `domains/<user>.nk` for those of CE Pro's
 * that publish, and `server/accounts.conf`.
 * @returns the users.
 * @throws Error for a seed that is none.
 */
export async function makeKeys(folder: string, { shards, developmentPassword }: { shards: number; developmentPassword?: string | undefined }): Promise<string[]> {
  const alone = await Promise.all([...serviceUsers, notificationsUser].map((user) => publicKeysIn(path.join(folder, user), [user])));
  const publicKeys = Object.assign({}, ...alone, await publicKeysIn(path.join(folder, 'domains'), publishingDomains)) as Record<string, string>;
  const server = path.join(folder, 'server');
  await mkdir(server, { recursive: true, mode: 0o700 });
  // Whole or not at all: a server may be reading it.
  const file = path.join(server, 'accounts.conf');
  await writeFile(`${file}.new`, serverAccounts({ publicKeys, shards, developmentPassword }), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return Object.keys(publicKeys);
}
