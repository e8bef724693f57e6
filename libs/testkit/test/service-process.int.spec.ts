import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startService, type ServiceProcess } from '../src/index.ts';
import { isAlive } from './alive.ts';

/** A service that is ready after its second health check and stops as its variables say. */
const source = `
  import { createServer } from 'node:http';
  const { env } = process;
  let checks = 0;
  createServer((request, response) => {
    response.statusCode = ++checks > 1 ? 200 : 503;
    response.end(request.url);
  }).listen(env.MANAGEMENT_PORT, '127.0.0.1');
  console.log(JSON.stringify({ message: 'started', variables: Object.keys(env).sort() }));
  console.error('a line that is not JSON');
  if (env.FAIL) { console.error('cannot start'); process.exit(78); }
  process.on('SIGTERM', () => process.exit(Number(env.EXIT_CODE)));
`;

describe('startService', () => {
  let dir: string;
  let entry: string;
  let service: ServiceProcess | undefined;

  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'cepro-service-spec-'));
    entry = path.join(dir, 'main.mjs');
    await writeFile(entry, source);
  });
  afterEach(async () => {
    await service?.kill();
    await rm(dir, { recursive: true });
  });

  it('runs a service with the given environment alone, until it is stopped', async () => {
    const lines: string[] = [];
    service = await startService({ app: 'sample', entry, env: { EXIT_CODE: '3' }, onLine: (line) => lines.push(line) });
    await service.ready();
    expect(service.logs()).toEqual([{ message: 'started', variables: ['EXIT_CODE', 'MANAGEMENT_PORT', 'PATH'] }]);
    expect(service.lines).toContain('a line that is not JSON');
    expect(lines).toEqual(service.lines);
    expect(service.isRunning).toBe(true);
    expect(await service.stop()).toBe(3);
    expect([service.isRunning, isAlive(service.pid)]).toEqual([false, false]);
  });

  it('can be killed, and paused: then it answers nothing', async () => {
    service = await startService({ app: 'sample', entry, env: {} });
    await service.ready();
    await service.pause();
    const health = () => fetch(`http://127.0.0.1:${service?.managementPort}/health/live`, { signal: AbortSignal.timeout(200) });
    await expect(health()).rejects.toThrow();
    service.resume();
    expect((await health()).status).toBe(200);
    await service.kill();
    expect(await service.exited).toEqual({ code: 137, signal: 'SIGKILL' });
  });

  it('says what a service wrote that ended before it was ready', async () => {
    service = await startService({ app: 'sample', entry, env: { FAIL: '1' } });
    await expect(service.ready()).rejects.toThrow(/sample ended with code 78[^]*cannot start/);
  });

  it('says when a service has not been built', async () => {
    await expect(startService({ app: 'no-such-app', env: {} })).rejects.toThrow('apps/no-such-app/dist/main.js is not there');
  });
});
