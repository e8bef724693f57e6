import type { LogEntry } from '../api/client.ts';

/** Why there was no complete answer, in words. */
const errorTexts: Readonly<Record<NonNullable<LogEntry['error']>, string>> = {
  'url-not-external': 'URL is not external',
  'dns-failed': 'Host name not found',
  'connection-refused': 'Connection refused',
  'connection-failed': 'Connection failed',
  'tls-failed': 'TLS failed',
  'timeout': 'Timed out',
  'protocol-error': 'Not a valid HTTP answer',
};

/** What came of an attempt: a status, why there was no complete answer, or both where the answer broke off after its status. */
export function resultOf(statusCode: number | null, error: LogEntry['error']): string | null {
  const parts = [statusCode === null ? [] : [String(statusCode)], error ? [errorTexts[error]] : []].flat();
  if (parts.length === 0) return null;
  return parts.length === 1 ? parts[0]! : `${parts[0]}, then ${parts[1]!.charAt(0).toLowerCase()}${parts[1]!.slice(1)}`;
}
