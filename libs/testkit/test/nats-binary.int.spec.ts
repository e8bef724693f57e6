import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { natsServerBinary } from '../src/index.ts';

describe('natsServerBinary', () => {
  let dir: string;
  beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'cepro-binary-spec-')); });
  afterEach(() => rm(dir, { recursive: true }));

  async function binary(version: string): Promise<string> {
    const file = path.join(dir, 'nats-server');
    await writeFile(file, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
    return file;
  }

  it('takes the one that the environment names, or the one on the PATH', async () => {
    const file = await binary('2.12.0');
    expect(await natsServerBinary({ NATS_SERVER_BIN: file })).toBe(file);
    expect(await natsServerBinary({ PATH: `/nowhere:${dir}` })).toBe(file);
  });

  it('refuses a named one that is too old, and passes over one on the PATH', async () => {
    const file = await binary('2.11.9');
    await expect(natsServerBinary({ NATS_SERVER_BIN: file })).rejects.toThrow('not a nats-server 2.12 or later');
    expect(await natsServerBinary({ PATH: dir })).not.toBe(file);
  });
});
