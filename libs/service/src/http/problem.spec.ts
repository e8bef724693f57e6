import { describe, expect, it } from '@jest/globals';
import { DomainError, problems, type ErrorCode } from '@cepro/contracts';
import {
  BadRequestException, ForbiddenException, HttpException, InternalServerErrorException, NotFoundException, PayloadTooLargeException, ServiceUnavailableException, UnsupportedMediaTypeException,
} from '@nestjs/common';
import { fastify, type FastifyReply } from 'fastify';
import { problemOf } from './problem.ts';

const secret = 'hunter2';
const codes = Object.keys(problems) as ErrorCode[];

describe('the problem document', () => {
  it.each(codes)('of %s has its status, its title and a stable type', (code) => {
    expect(problemOf(new DomainError(code))).toEqual({ type: `urn:cepro:webhooks:problem:${code}`, code, ...problems[code] });
    expect(problems[code].status).toBeGreaterThanOrEqual(400);
    expect(problems[code].title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('of an expected error has its detail and its faults', () => {
    const faults = [{ field: 'url', message: 'url must be external', detail: 'internal-name' }];
    expect(problemOf(new DomainError('validation-failed', 'Look again.', faults))).toMatchObject({ status: 422, detail: 'Look again.', errors: faults });
  });

  it.each<[string, unknown]>([
    ['an Error', new Error(secret)], ['a TypeError', new TypeError(secret)], ['a SyntaxError of our own', new SyntaxError(secret)], ['text', secret], ['a number', 7], ['null', null], ['undefined', undefined],
    ['an object', { message: secret }], ['an error of the database', Object.assign(new Error(secret), { code: '23505', detail: secret })],
    ['an error with a status that is none', Object.assign(new Error(secret), { statusCode: '404' })], ['an error that claims success', Object.assign(new Error(secret), { statusCode: 200 })],
    ['an error with status 502', Object.assign(new Error(secret), { statusCode: 502 })], ['Nest\'s 500', new InternalServerErrorException(secret)], ['Nest\'s 503', new ServiceUnavailableException(secret)],
    ['an AggregateError', new AggregateError([new Error(secret)], secret)],
  ])('of %s is ours, and tells nothing of it', (_, error) => {
    expect(problemOf(error)).toEqual({ type: 'urn:cepro:webhooks:problem:internal', code: 'internal', ...problems.internal });
  });

  it.each<[HttpException, ErrorCode]>([
    [new BadRequestException(secret), 'malformed-request'], [new NotFoundException(secret), 'not-found'], [new PayloadTooLargeException(secret), 'body-too-large'],
    [new UnsupportedMediaTypeException(secret), 'unsupported-media-type'], [new ForbiddenException(secret), 'malformed-request'], [new HttpException({ message: secret }, 418), 'malformed-request'],
  ])('of Nest\'s %s is %s, without its text', (error, code) => {
    expect(problemOf(error)).toEqual({ type: `urn:cepro:webhooks:problem:${code}`, code, ...problems[code] });
  });
});

describe('what Fastify refuses', () => {
  /** The problem of a request that Fastify itself refuses. */
  async function problemOfRequest(request: { headers?: Record<string, string>; payload?: string; url?: string }) {
    let refused: unknown;
    const refuse = (error: unknown, _request: unknown, reply: Pick<FastifyReply, 'hijack' | 'raw'>) => {
      refused = error;
      reply.hijack();
      reply.raw.end();
    };
    const app = fastify({ bodyLimit: 100, frameworkErrors: refuse });
    app.setErrorHandler(refuse);
    app.post('/', () => ({}));
    try {
      await app.inject({ method: 'POST', url: '/', headers: { 'content-type': 'application/json' }, ...request });
    } finally {
      await app.close();
    }
    expect(refused).toBeInstanceOf(Error);
    return problemOf(refused);
  }

  it.each<[string, Parameters<typeof problemOfRequest>[0], ErrorCode]>([
    ['half an object', { payload: `{"secret":"${secret}"` }, 'malformed-json'],
    ['a word', { payload: secret }, 'malformed-json'],
    ['nothing at all', { payload: '' }, 'malformed-json'],
    ['a prototype', { payload: `{"__proto__":{"x":"${secret}"}}` }, 'malformed-json'],
    ['too much', { payload: JSON.stringify({ secret: secret.repeat(100) }) }, 'body-too-large'],
    ['another media type', { payload: secret, headers: { 'content-type': 'application/xml' } }, 'unsupported-media-type'],
    ['no media type that there is', { payload: secret, headers: { 'content-type': secret } }, 'unsupported-media-type'],
    ['a length that is not true', { payload: '{}', headers: { 'content-type': 'application/json', 'content-length': '50' } }, 'malformed-request'],
    ['an address that can not be decoded', { payload: '{}', url: `/%zz${secret}` }, 'malformed-request'],
  ])('%s', async (_, request, code) => {
    expect(await problemOfRequest(request)).toEqual({ type: `urn:cepro:webhooks:problem:${code}`, code, ...problems[code] });
  });
});
