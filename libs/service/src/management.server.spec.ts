import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { register } from 'prom-client';
import { ManagementServer } from './management.server.ts';
import { Readiness } from './readiness.ts';

const settings = { name: 'things', nats: { url: 'nats://127.0.0.1:1', name: 'things' }, managementHost: '127.0.0.1', managementPort: 0, logger: pino({ level: 'silent' }) };
const ready = async () => /^webhooks_ready (\d)$/m.exec(await register.metrics())?.[1];

describe('webhooks_ready', () => {
  it('is 1 while nothing keeps the service from its work', async () => {
    const readiness = new Readiness();
    new ManagementServer(settings, readiness);
    let problem: string | undefined = 'away';
    readiness.add('database', () => problem);
    expect(await ready()).toBe('0');
    problem = undefined;
    expect(await ready()).toBe('1');
  });

  it('is 0 as soon as the service stops', async () => {
    const server = new ManagementServer(settings, new Readiness());
    await server.onModuleInit();
    expect(await ready()).toBe('1');
    server.beforeShutdown();
    expect(await ready()).toBe('0');
    await server.onApplicationShutdown();
  });

  it('is that of the application that was started last, where a process has several', async () => {
    const [first, last] = [new Readiness(), new Readiness()];
    new ManagementServer(settings, first);
    new ManagementServer(settings, last);
    first.add('nats', () => 'away');
    expect(await ready()).toBe('1');
  });
});
