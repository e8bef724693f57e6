import type { AttemptError } from '@cepro/contracts';
import { EgressRefusedError } from '@cepro/egress-guard';
import { errors as undiciErrors } from 'undici';

/** The stable code for what went wrong with a request. */
export function attemptErrorOf(error: unknown): AttemptError {
  if (error instanceof EgressRefusedError) return 'url-not-external';
  // Its code is often missing.
  if (error instanceof undiciErrors.HTTPParserError) return 'protocol-error';
  const { code, cause, errors } = (error ?? {}) as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
  // Several addresses were tried, and each failed: the first is as good as any.
  if (error instanceof AggregateError && errors && errors.length > 0) return attemptErrorOf(errors[0]);
  const text = typeof code === 'string' ? code : '';
  if (text === 'ENOTFOUND' || text === 'EAI_AGAIN') return 'dns-failed';
  if (text === 'ECONNREFUSED') return 'connection-refused';
  if (text === 'UND_ERR_CONNECT_TIMEOUT' || text === 'ETIMEDOUT') return 'timeout';
  if (isTls(text)) return 'tls-failed';
  if (text === 'UND_ERR_HEADERS_OVERFLOW' || text === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'protocol-error';
  if (cause instanceof Error) return attemptErrorOf(cause);
  return 'connection-failed';
}

// OpenSSL's verification results (such as CERT_HAS_EXPIRED) come as codes without a common prefix.
const certificate = /CERT|SELF_SIGNED|UNABLE_TO|CRL|ISSUER/;

function isTls(code: string): boolean {
  return code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code === 'EPROTO' || certificate.test(code);
}
