import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { nkeys } from '@nats-io/transport-node';
import { publishingDomains } from '@cepro/jetstream';
import { eventually, freePort, OwnedProcess, startNats, type NatsServer } from '@cepro/testkit';

const file = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let folder: string;
let nats: NatsServer;
let port: number;
let publisher: OwnedProcess;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cepro-demo-'));
  for (const domain of publishingDomains) await writeFile(path.join(folder, `${domain}.nk`), nkeys.createUser().getSeed());
});
afterAll(() => rm(folder, { recursive: true }));

// It knows no users, and takes everybody.
beforeEach(async () => {
  [nats, port] = [await startNats(), await freePort()];
});
afterEach(async () => {
  await publisher?.stop('SIGKILL', 10_000).catch(() => undefined);
  await nats.stop();
});

async function start(): Promise<OwnedProcess> {
  publisher = await OwnedProcess.start(process.execPath, ['--conditions=@cepro/source', `--import=${file('../../../tools/swc-hooks.mjs')}`, file('../src/main.ts'), 'publisher'], {
    env: { NATS_URL: nats.url, NATS_SEEDS_DIR: folder, DEMO_EVENTS_PER_MINUTE: '6000', MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: String(port) },
    onParentDeath: 'KILL',
  });
  return publisher;
}

it('told to end while NATS is away, it gives up what is on its way', async () => {
  await start();
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200));
  await nats.kill();
  publisher.signal('SIGTERM');
  expect(await publisher.exited).toMatchObject({ code: 0 });
  expect(publisher.lines.filter((line) => line.includes('was not acknowledged before the end'))).not.toEqual([]);
  expect(publisher.lines.at(-1)).toBe('  published 0 events in all');
});

it('told to end before NATS was there, it ends', async () => {
  await nats.kill();
  await start();
  await eventually(() => expect(publisher.lines.join('\n')).toMatch(/refused/i));
  publisher.signal('SIGTERM');
  expect(await publisher.exited).toMatchObject({ code: 0 });
});
