import { applyDecorators } from '@nestjs/common';
import { problems, type ErrorCode } from '@cepro/contracts';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Problem } from './problem.ts';

/** What any call may answer. */
const everywhere: readonly ErrorCode[] = ['unauthenticated', 'insufficient-scope', 'internal', 'unavailable'];

/** Documents the problem documents that a call may answer, by their codes; those that any call may answer are added. */
export function ApiProblems(...codes: readonly ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = Map.groupBy([...codes, ...everywhere], (code) => problems[code].status);
  return applyDecorators(ApiExtraModels(Problem), ...[...byStatus].map(([status, those]) => ApiResponse({
    status,
    description: those.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(Problem) },
        examples: Object.fromEntries(those.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  })));
}

/** The problems of a call that takes a body. */
export const bodyProblems = [
  'malformed-json', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed',
] as const satisfies readonly ErrorCode[];

function exampleOf(code: ErrorCode): Problem {
  const { status, title } = problems[code];
  const errors = code === 'validation-failed' ? { errors: [{ field: 'events[1]', message: 'must be one of the event types' }] } : {};
  return { type: `urn:cepro:webhooks:problem:${code}`, title, status, code, ...errors };
}
