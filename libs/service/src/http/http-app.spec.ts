import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Param, Patch, Post, Req } from '@nestjs/common';
import type { DomainError } from '@cepro/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { pino } from 'pino';
import { ACCESS, AccessGuard, Account, RequireScope } from './access.guard.ts';
import { bodyTextOf, startHttpApp } from './http-app.ts';
import { LOGGER, nestLogger } from '../logger.ts';

const access = { AUTH_JWT_SECRET: 'a-secret-for-tests-of-more-than-32-characters', AUTH_AUDIENCE: 'webhooks', AUTH_ISSUER: 'https://id.example.com' };
const logger = pino({ level: 'silent' });

@Controller('things')
class ThingsController {
  @Get()
  @RequireScope('webhooks:read')
  list(@Account() accountId: string) {
    return { accountId };
  }

  @Post()
  @RequireScope('webhooks:write')
  create(@Body() body: unknown) {
    return { body };
  }

  @Patch(':id')
  @RequireScope('webhooks:write')
  change(@Param('id') id: string, @Body() body: unknown) {
    return { id, body };
  }

  @Post(':id/start')
  @RequireScope('webhooks:write')
  start(@Param('id') id: string) {
    return { id };
  }

  @Post(':id/read')
  @RequireScope('webhooks:read', { bodyLimitBytes: 4_000 })
  read(@Req() request: FastifyRequest) {
    return { text: bodyTextOf(request) };
  }

  @Get('of-nobody')
  forgotten() {
    return { forgotten: true };
  }
}

@Module({
  controllers: [ThingsController],
  providers: [AccessGuard, { provide: ACCESS, useValue: access }, { provide: LOGGER, useValue: logger }],
})
class ThingsModule {}

let app: NestFastifyApplication;
let port: number;

beforeAll(async () => {
  const options = { host: '127.0.0.1', port: 0, bodyLimitBytes: 1_024, title: 'Things', description: 'Things.' };
  app = await startHttpApp(ThingsModule, options, { logger: nestLogger(logger) });
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(() => app?.close());

function aToken(scope = 'webhooks:read webhooks:write', expires = '5m', claims = {}): Promise<string> {
  return new SignJWT({ account_id: 'acct_1', scope, aud: access.AUTH_AUDIENCE, iss: access.AUTH_ISSUER, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(access.AUTH_JWT_SECRET));
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

/** Sends bytes as they are, and reads what comes back until the connection is closed. */
async function raw(bytes: string | Buffer): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1]?.trim() ?? null,
    body: (body ? JSON.parse(body) : {}) as Answer['body'],
  };
}

async function send(method: string, path: string, sent: { token?: string; type?: string; body?: string | Buffer } = {}): Promise<Answer> {
  const body = Buffer.from(sent.body ?? '');
  const lines = [
    `${method} ${path} HTTP/1.1`, 'host: things', 'connection: close',
    ...(sent.token === undefined ? [] : [`authorization: Bearer ${sent.token}`]),
    ...(sent.type === undefined ? [] : [`content-type: ${sent.type}`]),
    ...(sent.body === undefined ? [] : [`content-length: ${body.length}`]),
  ];
  return await raw(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
}

const problem = (status: number, code: string) => ({ status, type: 'application/problem+json; charset=utf-8', body: { status, code } });
const json = 'application/json';

const unreadable: [what: string, sent: { type?: string; body: string | Buffer }, status: number, code: string][] = [
  ['no JSON', { type: json, body: '{"a":' }, 400, 'malformed-json'],
  ['nothing at all', { type: json, body: '' }, 400, 'malformed-json'],
  ['made for prototypes', { type: json, body: '{"__proto__":{}}' }, 400, 'malformed-json'],
  ['another content type', { type: 'text/plain', body: 'a' }, 415, 'unsupported-media-type'],
  ['no content type', { body: '{}' }, 415, 'unsupported-media-type'],
  ['more than the limit', { type: json, body: JSON.stringify('x'.repeat(2_000)) }, 413, 'body-too-large'],
];

describe('access', () => {
  it('is given to the right token, as its account', async () => {
    expect(await send('GET', '/things', { token: await aToken() })).toMatchObject({ status: 200, body: { accountId: 'acct_1' } });
  });

  describe.each(unreadable)('to a body that is %s', (_what, sent, status, code) => {
    it.each([['POST', '/things'], ['PATCH', '/things/1']])('is asked for first: %s %s', async (method, path) => {
      expect(await send(method, path, sent)).toMatchObject(problem(401, 'unauthenticated'));
      expect(await send(method, path, { ...sent, token: 'garbage' })).toMatchObject(problem(401, 'unauthenticated'));
      expect(await send(method, path, { ...sent, token: await aToken(undefined, '-1m') })).toMatchObject(problem(401, 'unauthenticated'));
      expect(await send(method, path, { ...sent, token: await aToken('webhooks:read') })).toMatchObject(problem(403, 'insufficient-scope'));
      expect(await send(method, path, { ...sent, token: await aToken() })).toMatchObject(problem(status, code));
    });

    it('is not what an address lacks that is not there', async () => {
      expect(await send('POST', '/nothing', sent)).toMatchObject(problem(404, 'not-found'));
    });
  });

  it('is nobody\'s to a route that does not say whose it is', async () => {
    expect(await send('GET', '/things/of-nobody', { token: await aToken() })).toMatchObject(problem(403, 'insufficient-scope'));
    expect(await send('GET', '/things/of-nobody')).toMatchObject(problem(401, 'unauthenticated'));
  });

  it('needs no token to the documentation', async () => {
    expect(await send('GET', '/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  });

  it('may be by a clock that is a little ahead or behind, and no more', async () => {
    const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;
    const statusWith = async (expires: string, claims = {}) => (await send('GET', '/things', { token: await aToken(undefined, expires, claims) })).status;
    expect([await statusWith('-2s'), await statusWith('5m', { nbf: inSeconds(2) })]).toEqual([200, 200]);
    expect([await statusWith('-10s'), await statusWith('5m', { nbf: inSeconds(60) })]).toEqual([401, 401]);
  });

  it('is asked for with HEAD as with GET', async () => {
    expect((await send('HEAD', '/things')).status).toBe(401);
    expect((await send('HEAD', '/things', { token: await aToken() })).status).toBe(200);
  });
});

describe('a JSON body', () => {
  const post = async (body: string | Buffer) => send('POST', '/things', { token: await aToken(), type: json, body });
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  it.each([
    ['lists', nested(400)],
    ['objects', `${'{"a":'.repeat(150)}1${'}'.repeat(150)}`],
    ['an object with lists beside much else', `{"a":1,"b":[1,2,{"c":${nested(200)}}],"d":[]}`],
  ])('that is nested too deep for what looks into it is refused: %s', async (_what, body) => {
    expect(await post(body)).toMatchObject(problem(400, 'malformed-json'));
  });

  it('may be nested as deep as anybody needs', async () => {
    expect(await post(nested(32))).toMatchObject({ status: 201, body: { body: JSON.parse(nested(32)) } });
    expect(await post(`[${nested(32)}]`)).toMatchObject(problem(400, 'malformed-json'));
  });

  it('may be larger where a route says so, and nowhere else', async () => {
    const token = await aToken();
    const of = (bytes: number) => ({ token, type: json, body: JSON.stringify('x'.repeat(bytes - 2)) });
    expect(await send('POST', '/things/1/read', of(4_000))).toMatchObject({ status: 201 });
    expect(await send('POST', '/things/1/read', of(4_001))).toMatchObject(problem(413, 'body-too-large'));
    expect(await send('POST', '/things/1/read', { token, type: json, body: '' })).toMatchObject(problem(400, 'malformed-json'));
    expect(await send('POST', '/things', of(1_025))).toMatchObject(problem(413, 'body-too-large'));
  });

  it('is there as it was sent, too', async () => {
    const body = '{ "a": 12345678901234567890.10 }';
    expect(await send('POST', '/things/1/read', { token: await aToken(), type: json, body })).toMatchObject({ body: { text: body } });
    expect(await send('POST', '/things/1/read', { token: await aToken() })).toMatchObject({ status: 201, body: {} });
  });

  it('that is not UTF-8 is refused, not mended', async () => {
    expect(await post(Buffer.from('{"a":"caf\xe9"}', 'latin1'))).toMatchObject(problem(400, 'malformed-json'));
    expect(await post(Buffer.from('{"a":"cafe"}', 'utf16le'))).toMatchObject(problem(400, 'malformed-json'));
    expect(await post('{"a":"café 🧽"}')).toMatchObject({ status: 201, body: { body: { a: 'café 🧽' } } });
  });
});

describe('what is no HTTP request', () => {
  const request = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

  it.each([
    ['is garbage', 'garbage\r\n\r\n'],
    ['wants TLS', Buffer.from('160301020001000000', 'hex')],
    ['has a method that nobody knows', request('BREW /things HTTP/1.1', 'host: x')],
    ['has an address that is none', request('GET things HTTP/1.1', 'host: x')],
    ['has more headers than Node reads', request('GET /things HTTP/1.1', 'host: x', `x-big: ${'a'.repeat(20_000)}`)],
    ['has an address that is too long', request(`GET /things/${'a'.repeat(20_000)} HTTP/1.1`, 'host: x')],
    ['has two lengths', request('POST /things HTTP/1.1', 'host: x', 'content-length: 1', 'content-length: 2')],
    ['could be read as two', request('POST /things HTTP/1.1', 'host: x', 'content-length: 5', 'transfer-encoding: chunked') + '0\r\n\r\n'],
    ['has a chunk that is none', request('POST /nothing HTTP/1.1', 'host: x', 'transfer-encoding: chunked') + 'zz\r\n'],
    ['is of HTTP/2', request('PRI * HTTP/2.0') + 'SM\r\n\r\n'],
  ])('is answered with a problem if it %s', async (_what, bytes) => {
    expect(await raw(bytes)).toMatchObject(problem(400, 'malformed-request'));
  });

  it('leaves the service as it was', async () => {
    expect((await send('GET', '/things', { token: await aToken() })).status).toBe(200);
  });

  it('nor ever becomes one, is not waited for without end', () => {
    expect((app.getHttpServer() as Server).requestTimeout).toBe(30_000);
  });
});

describe('by the keys of a JWKS', () => {
  type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
  const claims: JWTPayload = { account_id: 'acct_1', scope: 'webhooks:read', aud: access.AUTH_AUDIENCE, iss: access.AUTH_ISSUER };
  let keys: KeyPair;
  let stranger: KeyPair;
  let served: () => string | undefined;
  let idp: Server;
  let guard: () => AccessGuard;

  beforeAll(async () => {
    [keys, stranger] = await Promise.all([generateKeyPair('RS256', { extractable: true }), generateKeyPair('RS256', { extractable: true })]);
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] });
    served = () => jwks;
    idp = createServer((_request, response) => {
      const answer = served();
      response.writeHead(answer === undefined ? 500 : 200, { 'content-type': json }).end(answer);
    });
    idp.listen(0, '127.0.0.1');
    await once(idp, 'listening');
    const { port: idpPort } = idp.address() as AddressInfo;
    const config = { AUTH_JWKS_URL: `http://127.0.0.1:${idpPort}/jwks`, AUTH_AUDIENCE: access.AUTH_AUDIENCE, AUTH_ISSUER: access.AUTH_ISSUER };
    guard = () => new AccessGuard(config);
  });
  afterAll(() => void idp?.close());

  const signed = (by: KeyPair, header: object = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).setExpirationTime('5m').sign(by.privateKey);

  /** The code of the refusal, or the account. */
  async function admitted(token: string, asked = guard()): Promise<string | undefined> {
    const request = { headers: { authorization: `Bearer ${token}` }, routeOptions: { config: { scope: 'webhooks:read' } } } as unknown as FastifyRequest;
    try {
      await asked.admit(request);
      return request.caller?.accountId;
    } catch (error) {
      return (error as DomainError).code;
    }
  }

  it('a token passes that one of them signed', async () => {
    expect(await admitted(await signed(keys))).toBe('acct_1');
  });

  it.each<[string, () => Promise<string>]>([
    ['signed by somebody else', () => signed(stranger)],
    ['that names a key that is not there', () => signed(keys, { kid: '../../dev/null' })],
    ['that brings its own key', async () => signed(stranger, { jwk: await exportJWK(stranger.publicKey) })],
    ['that says where its key is', () => signed(stranger, { jku: 'http://127.0.0.1:1/jwks', kid: 'two' })],
    ['for which the public key is taken for a secret', async () =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).setExpirationTime('5m').sign(Buffer.from(await exportSPKI(keys.publicKey)))],
    ['for which the modulus is taken for a secret', async () =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' }).setExpirationTime('5m').sign(Buffer.from((await exportJWK(keys.publicKey)).n ?? '', 'base64url'))],
  ])('one does not: %s', async (_what, token) => {
    expect(await admitted(await token())).toBe('unauthenticated');
  });

  it.each([undefined, 'no JSON', '{}', '{"keys":"none"}', 'null'])('nothing is known of a token while they are %j', async (answer) => {
    const before = served;
    served = () => answer;
    try {
      const asked = guard();
      expect(await admitted(await signed(keys), asked)).toBe('unavailable');
      served = before;
      expect(await admitted(await signed(keys), asked)).toBe('acct_1');
    } finally {
      served = before;
    }
  });
});
