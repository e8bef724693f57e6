import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { getContainerRuntimeClient, type ContainerRuntimeClient } from 'testcontainers';
import { removeLeftovers } from '../src/containers/index.ts';
import { eventually } from '../src/index.ts';

// What servers are only as containers; run by npm run test:containers alone.

let engine: ContainerRuntimeClient['container']['dockerode'];
let scratch: string;
beforeAll(async () => {
  engine = (await getContainerRuntimeClient()).container.dockerode;
  scratch = await mkdtemp(path.join(tmpdir(), 'cepro-containers-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const containersOf = (run: string) => engine.listContainers({ all: true, filters: { label: [`com.cepro.testkit.run=${run}`] } });
const networksOf = (run: string) => engine.listNetworks({ filters: { name: [run] } });

it('a test run that is killed leaves what can be removed by its name: servers on loopback, their volumes and networks', async () => {
  const run = `killed-${randomUUID()}`;
  const ready = path.join(scratch, 'ready');
  const script = `
    import { startNats, startNatsCluster, startPostgres } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    import { writeFileSync } from 'node:fs';
    const [nats] = await Promise.all([startNats(), startPostgres(), startNatsCluster()]);
    await nats.pause();
    writeFileSync(${JSON.stringify(ready)}, 'ready');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--conditions=@cepro/source', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TEST_SERVERS: 'containers', TEST_RUN: run, TMPDIR: scratch },
  });
  await eventually(async () => expect(await readFile(ready, 'utf8')).toBe('ready'));
  child.kill('SIGKILL');

  const left = await containersOf(run);
  expect([left.length, (await networksOf(run)).length]).toEqual([5, 1]);
  expect(left.flatMap(({ Ports }) => Ports.flatMap(({ PublicPort, IP }) => (PublicPort ? [IP] : [])))).toEqual(Array(5).fill('127.0.0.1'));
  const volumes = left.flatMap(({ Mounts }) => Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])));
  expect(volumes.length).toBeGreaterThan(0);

  await removeLeftovers(run);
  expect([await containersOf(run), await networksOf(run)]).toEqual([[], []]);
  for (const volume of volumes) await expect(engine.getVolume(volume).inspect()).rejects.toThrow(/no such volume/i);
});
