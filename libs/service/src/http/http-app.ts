import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError } from '@cepro/contracts';
import { NestFactory } from '@nestjs/core';
import type { LoggerService, Type, DynamicModule } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessGuard } from './access.guard.ts';
import { ProblemFilter } from './problem.filter.ts';
import { Problem, problemOf, problemType } from './problem.ts';
import { RequestTelemetry } from './request-telemetry.ts';
import { validationPipe } from './validation.ts';
import { LOGGER } from '../logger.ts';

/** How long a client may take to send a request, body included. Fastify's own default is for ever. */
const requestTimeoutMs = 30_000;

/** Deeper than any body has reason to be, and far from where the stack of those ends that look into it (RFC 8259, 9). */
const maxJsonDepth = 32;

export interface HttpAppOptions {
  readonly host: string;
  readonly port: number;
  readonly bodyLimitBytes: number;
  readonly title: string;
  readonly description: string;
}

/**
 * Starts a Nest application on Fastify with this project's error documents, validation and OpenAPI at `/openapi.json`. Its
 * module provides the {@link AccessGuard} that every request has to pass.
 */
export async function startHttpApp(
  module: Type | DynamicModule, options: HttpAppOptions, nest: { logger: LoggerService },
): Promise<NestFastifyApplication> {
  const telemetry = new RequestTelemetry();
  // Requests in flight are finished when the service stops; idle connections must not hold it up.
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes,
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    clientErrorHandler: refuseUnreadable,
    // An id that is too long names nothing, which is for the route to say; Node limits the whole address anyway.
    routerOptions: { maxParamLength: 16 * 1024 },
    // What the router can't read never gets as far as Nest's filters.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      telemetry.begun(request, reply);
      const problem = problemOf(error);
      void reply.code(problem.status).type(problemType).send(problem);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { ...nest, bufferLogs: false, abortOnError: false, bodyParser: false });
  telemetry.watch(adapter.getInstance());
  limitBodies(adapter.getInstance(), options.bodyLimitBytes);
  admitFirst(adapter.getInstance(), app.get(AccessGuard));
  acceptJsonOnly(adapter.getInstance());
  app.useGlobalFilters(new ProblemFilter(app.get(LOGGER)));
  app.useGlobalPipes(validationPipe());
  const document = openApiOf(app, options);
  adapter.getInstance().get('/openapi.json', { config: { open: true } }, (_request, reply) => reply.send(document));
  await app.listen(options.port, options.host);
  return app;
}

/** Answers what Node could not read as HTTP, or waited for too long: Fastify never hears of it as a request. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) {
    const problem = problemOf(new DomainError('malformed-request'));
    const body = JSON.stringify(problem);
    socket.write([
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `content-type: ${problemType}; charset=utf-8`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'));
  }
  socket.destroy(error);
}

/** Lets routes have larger bodies that say so. */
function limitBodies(fastify: FastifyInstance, everywhere: number): void {
  fastify.addHook('onRoute', (route) => {
    if (route.config?.bodyLimitBytes !== undefined) route.bodyLimit = Math.max(route.config.bodyLimitBytes, everywhere);
  });
}

const texts = new WeakMap<object, string>();

/** The JSON of a request's body as it was sent: numbers in it may have more digits than those of the parsed one. */
export function bodyTextOf(request: object): string | undefined {
  return texts.get(request);
}

/** Asks whether there is anything at the address, and who calls, before the body is read. */
function admitFirst(fastify: FastifyInstance, access: AccessGuard): void {
  fastify.addHook('onRequest', async (request) => {
    if (request.is404) throw new DomainError('not-found');
    await access.admit(request);
  });
}

/** Fastify would take plain text, and Nest forms as well; and Nest's filters are not told that a body was no JSON. */
function acceptJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Many clients name a content type with every request, also where there is nothing to send. Where something is wanted,
    // no JSON is what it is.
    if (body.length === 0 && !wantsBody(request)) return done(null, undefined);
    // JSON is UTF-8 (RFC 8259, 8.1). Read leniently, what is not would be stored as something that nobody wrote.
    if (!isUtf8(body)) return done(new DomainError('malformed-json', 'The body is not UTF-8.'));
    const text = body.toString();
    void parse(request, text, (error, value: unknown) => {
      if (error) return done(new DomainError('malformed-json'));
      if (isDeeper(value, maxJsonDepth)) return done(new DomainError('malformed-json', `The body is nested more than ${maxJsonDepth} levels deep.`));
      texts.set(request, text);
      done(null, value);
    });
  });
}

/** Whether lists and objects are nested deeper than that. Goes level by level, as calling itself would cost stack too. */
function isDeeper(json: unknown, maxDepth: number): boolean {
  let level = [json].filter(isObject);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxDepth) return true;
    level = level.flatMap((each) => Object.values(each)).filter(isObject);
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * What creates or changes something wants a body; an action on something (`/v1/things/:id/action`) does not, unless it takes a
 * large one.
 */
function wantsBody({ method, routeOptions: { url = '', config } }: FastifyRequest): boolean {
  return method === 'PATCH' || (method === 'POST' && (config.bodyLimitBytes !== undefined || !/\/:[^/]+\/[^/]+$/.test(url)));
}

/** The OpenAPI 3.1 document of an application. */
export function openApiOf(app: NestFastifyApplication, { title, description }: Pick<HttpAppOptions, 'title' | 'description'>): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  return SwaggerModule.createDocument(app, builder.build(), { extraModels: [Problem] });
}
