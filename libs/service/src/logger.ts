import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Under which Nest provides the service's {@link Logger}. */
export const LOGGER = Symbol('logger');

/** One JSON line an entry on standard output, with the service's name. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['req.headers.authorization', '*.authorization', '*.secret'],
  });
}

/** Lets Nest write its own lines, which are of interest only when something is wrong, through the same logger. */
export function nestLogger(logger: Logger): LoggerService {
  const line = (level: 'debug' | 'warn' | 'error' | 'fatal') => (message: unknown, ...rest: unknown[]) => {
    const context = rest.at(-1);
    const text = message instanceof Error ? message.message : String(message);
    logger[level]({ nest: typeof context === 'string' ? context : undefined, err: message instanceof Error ? message : undefined }, text);
  };
  return { log: line('debug'), debug: line('debug'), verbose: line('debug'), warn: line('warn'), error: line('error'), fatal: line('fatal') };
}

/** The text of an error for a log line: its message, and the messages of its causes. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ');
  return error.cause ? `${error.message}: ${reasonOf(error.cause)}` : error.message || error.name;
}
