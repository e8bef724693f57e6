import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DemoEndpoint } from '@cepro/demo-kit';

/** The endpoint that a file keeps, with its secret; none where the file is missing or says nothing that could be one. */
export async function keptEndpoint(file: string): Promise<DemoEndpoint | null> {
  try {
    const { id, secret } = JSON.parse(await readFile(file, 'utf8')) as Partial<DemoEndpoint>;
    return typeof id === 'string' && typeof secret === 'string' ? { id, secret } : null;
  } catch {
    return null;
  }
}

/** Keeps it, whole or not at all: the secret is shown once. */
export async function keepEndpoint(file: string, endpoint: DemoEndpoint): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(endpoint), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
