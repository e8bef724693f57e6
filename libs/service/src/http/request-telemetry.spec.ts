import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { register, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { ACCESS, AccessGuard, RequireScope } from './access.guard.ts';
import { startHttpApp } from './http-app.ts';
import { labelsOf } from './request-telemetry.ts';
import { LOGGER, nestLogger } from '../logger.ts';

const access = { AUTH_JWT_SECRET: 'a-secret-for-tests-of-more-than-32-characters', AUTH_AUDIENCE: 'webhooks', AUTH_ISSUER: 'https://id.example.com' };
const logger = pino({ level: 'silent' });
const asked = Promise.withResolvers<void>();
const mayAnswer = Promise.withResolvers<void>();

@Controller('things')
class ThingsController {
  @Get(':id')
  @RequireScope('webhooks:read')
  get(@Param('id') id: string) {
    if (id === 'broken') throw new Error('broken');
    return { id };
  }

  @Get(':id/slowly')
  @RequireScope('webhooks:read')
  async slowly(@Param('id') id: string) {
    asked.resolve();
    await mayAnswer.promise;
    return { id };
  }
}

@Module({
  controllers: [ThingsController],
  providers: [AccessGuard, { provide: ACCESS, useValue: access }, { provide: LOGGER, useValue: logger }],
})
class ThingsModule {}

let app: NestFastifyApplication;
let port: number;
let token: string;

beforeAll(async () => {
  const options = { host: '127.0.0.1', port: 0, bodyLimitBytes: 1_024, title: 'Things', description: 'Things.' };
  app = await startHttpApp(ThingsModule, options, { logger: nestLogger(logger) });
  port = Number(new URL(await app.getUrl()).port);
  token = await new SignJWT({ account_id: 'acct_1', scope: 'webhooks:read', aud: access.AUTH_AUDIENCE, iss: access.AUTH_ISSUER })
    .setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(new TextEncoder().encode(access.AUTH_JWT_SECRET));
});
afterAll(() => app?.close());
beforeEach(() => register.resetMetrics());

/** Sends a request as it stands and reads the answer to its end. */
async function send(method: string, path: string, bearer = token): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: things\r\nconnection: close\r\nauthorization: Bearer ${bearer}\r\n\r\n`);
  return await text(socket);
}

/** What was counted, each as `method route status`, as often as it was. */
async function counted(): Promise<string[]> {
  const { values } = (await register.getSingleMetric('webhooks_api_request_duration_seconds')!.get()) as MetricObjectWithValues<MetricValue<string> & { metricName: string }>;
  return values.filter(({ metricName }) => metricName.endsWith('_count'))
    .flatMap(({ labels, value }) => Array.from({ length: value }, () => `${labels['method']} ${labels['route']} ${labels['status']}`)).sort();
}

describe('a request is counted under', () => {
  it.each([
    ['its route\'s pattern', { method: 'GET', route: '/v1/webhooks/:id', statusCode: 200 }, { method: 'GET', route: '/v1/webhooks/:id', status: '2xx' }],
    ['other, where there is no such route', { method: 'POST', route: undefined, statusCode: 404 }, { method: 'POST', route: 'other', status: '4xx' }],
    ['other, with a method that its caller has made up', { method: 'WH-1', route: undefined, statusCode: 404 }, { method: 'other', route: 'other', status: '4xx' }],
    ['aborted, if its caller went away', { method: 'GET', route: '/things', statusCode: undefined }, { method: 'GET', route: '/things', status: 'aborted' }],
  ])('%s', (_what, request, labels) => expect(labelsOf(request)).toEqual(labels));
});

describe('the API counts each request once', () => {
  it('by its route, also those that are refused or fail', async () => {
    await send('GET', '/things/wh_1?secret=1');
    await send('GET', '/things/wh_2');
    await send('GET', '/things/wh_2', 'garbage');
    await send('GET', '/things/broken');
    await send('GET', '/openapi.json');
    expect(await counted()).toEqual(['GET /openapi.json 2xx', 'GET /things/:id 2xx', 'GET /things/:id 2xx', 'GET /things/:id 4xx', 'GET /things/:id 5xx']);
  });

  it('and as other what has none, whatever was asked for', async () => {
    await send('GET', '/wh_1');
    await send('PROPFIND', '/things/wh_1');
    await send('DELETE', '/things/wh_1');
    await send('GET', '/things/%');
    expect(await counted()).toEqual(['DELETE other 4xx', 'GET other 4xx', 'GET other 4xx', 'other other 4xx']);
  });

  it('and as aborted one whose caller does not wait', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /things/1/slowly HTTP/1.1\r\nhost: things\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await asked.promise;
    socket.destroy();
    while ((await counted()).length === 0) await new Promise((resolve) => setImmediate(resolve));
    mayAnswer.resolve();
    await send('GET', '/things/1');
    expect(await counted()).toEqual(['GET /things/:id 2xx', 'GET /things/:id/slowly aborted']);
  });
});
