import type { LogEntry } from '../api/client.ts';

/** Why there was no complete answer, in words. */
export const errorTexts: Readonly<Record<NonNullable<LogEntry['error']>, string>> = {
  'url-not-external': 'URL is not external',
  'dns-failed': 'Host name not found',
  'connection-refused': 'Connection refused',
  'connection-failed': 'Connection failed',
  'tls-failed': 'TLS failed',
  'timeout': 'Timed out',
  'protocol-error': 'Not a valid HTTP answer',
};
