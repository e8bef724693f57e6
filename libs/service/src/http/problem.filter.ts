import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '../logger.ts';
import { problemOf, problemType } from './problem.ts';

/** Answers every error as a problem document; the unexpected ones are logged, not shown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const { method, url } = http.getRequest<FastifyRequest>();
      this.logger.error({ err: error, method, path: url.split('?', 1)[0], code: problem.code }, 'a request failed');
    }
    const reply = http.getResponse<FastifyReply>();
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.code(problem.status).type(problemType).send(problem);
  }
}
