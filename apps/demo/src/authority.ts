import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configOrExit } from '@cepro/service';
import { createTestAuthority } from '@cepro/testkit';
import { readAuthorityConfig } from './config.ts';

/** Makes the receiver's certificate and the authority behind it, or leaves those that are there. Whoever is to trust it sees no key. */
export async function run(): Promise<void> {
  const { DEMO_AUTHORITY_DIR: dir, DEMO_TRUST_DIR: trust, DEMO_RECEIVER_URL: url } = configOrExit('authority', readAuthorityConfig);
  const { ca } = await createTestAuthority({ dir, names: [new URL(url).hostname] });
  await mkdir(trust, { recursive: true });
  await writeFile(path.join(trust, 'ca.pem'), ca);
  process.stdout.write(`authority: the certificate for ${url} is there\n`);
}
