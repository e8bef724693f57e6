import { DomainError, problems, type ErrorCode, type FieldFault } from '@cepro/contracts';
import { HttpException } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** The content type of a {@link Problem}. */
export const problemType = 'application/problem+json';

export class FieldFaultDto {
  @ApiProperty({ example: 'events[0]' }) field: string;
  @ApiProperty() message: string;
  @ApiProperty({ required: false }) detail?: string;
}

/** An RFC 9457 problem document, as the API answers every error. */
export class Problem {
  @ApiProperty({ example: 'urn:cepro:webhooks:problem:validation-failed' }) type: string;
  @ApiProperty() title: string;
  @ApiProperty({ example: 422 }) status: number;
  @ApiProperty({ enum: Object.keys(problems) }) code: ErrorCode;
  @ApiProperty({ required: false }) detail?: string;
  @ApiProperty({ required: false, type: [FieldFaultDto] }) errors?: readonly FieldFault[];
}

/** The problem document of an error. An unexpected error's text never gets into it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof DomainError) return problem(error.code, error.detail, error.faults);
  const status = statusOf(error);
  switch (status) {
    case 400: return problem(isJsonError(error) ? 'malformed-json' : 'malformed-request');
    case 404: return problem('not-found');
    case 413: return problem('body-too-large');
    case 415: return problem('unsupported-media-type');
    default: return status >= 400 && status < 500 ? problem('malformed-request') : problem('internal');
  }
}

function problem(code: ErrorCode, detail?: string, errors?: readonly FieldFault[]): Problem {
  const { status, title } = problems[code];
  return { type: `urn:cepro:webhooks:problem:${code}`, title, status, code, ...(detail && { detail }), ...(errors && { errors }) };
}

/** Nest's own exceptions and Fastify's errors both carry a status; nothing else is the client's fault. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}

// Fastify parses bodies with secure-json-parse, whose errors are SyntaxErrors with a status of 400.
function isJsonError(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return error instanceof SyntaxError || code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || code === 'FST_ERR_CTP_INVALID_JSON_BODY';
}
