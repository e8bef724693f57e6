import { describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromiumBinary } from './chromium-binary.ts';

describe('chromiumBinary', () => {
  it('is what the environment names, or says that this is not there', async () => {
    expect(await chromiumBinary({ CHROMIUM_BIN: process.execPath })).toBe(process.execPath);
    await expect(chromiumBinary({ CHROMIUM_BIN: '/no/such/chromium' })).rejects.toThrow('CHROMIUM_BIN is /no/such/chromium, which is not there.');
  });

  it('is found on the PATH', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'cepro-chromium-spec-'));
    const file = path.join(dir, 'chromium');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o755);
    expect(await chromiumBinary({ PATH: `/no/such/folder${path.delimiter}${dir}` })).toBe(file);
    await rm(dir, { recursive: true });
  });
});
