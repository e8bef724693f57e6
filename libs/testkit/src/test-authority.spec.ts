import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestAuthority } from './index.ts';

describe('createTestAuthority', () => {
  let dir: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'cepro-authority-spec-')); });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('makes a certificate for loopback that its own authority signed', async () => {
    const { ca, cert, caFile, dispose } = await createTestAuthority({ names: ['hooks.test'] });
    const [root, leaf] = [new X509Certificate(ca), new X509Certificate(cert)];
    expect([root.ca, leaf.ca, leaf.verify(root.publicKey)]).toEqual([true, false, true]);
    expect([leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual(['127.0.0.1', '::1']);
    expect([leaf.checkHost('localhost'), leaf.checkHost('hooks.test')]).toEqual(['localhost', 'hooks.test']);
    expect(await readFile(caFile, 'utf8')).toBe(ca);
    await dispose();
    expect(existsSync(caFile)).toBe(false);
  });

  it('is kept in a given folder', async () => {
    const first = await createTestAuthority({ dir });
    await first.dispose();
    const second = await createTestAuthority({ dir });
    expect([second.ca, second.cert, second.key]).toEqual([first.ca, first.cert, first.key]);
  });

  it('is made anew when it soon expires, lacks a name or is damaged', async () => {
    const first = await createTestAuthority({ dir });
    const second = await createTestAuthority({ dir, names: ['hooks.test'] });
    expect(second.ca).not.toBe(first.ca);
    await writeFile(path.join(dir, 'server.pem'), (await second.issue({ names: ['127.0.0.1', '::1', 'localhost', 'hooks.test'], expired: true })).cert);
    const third = await createTestAuthority({ dir });
    expect(third.ca).not.toBe(second.ca);
    await writeFile(path.join(dir, 'ca.pem'), 'nothing');
    expect((await createTestAuthority({ dir })).ca).not.toBe(third.ca);
  });
});
