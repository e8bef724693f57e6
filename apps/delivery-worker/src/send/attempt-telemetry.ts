import { Counter, Histogram } from 'prom-client';
import type { Attempt } from '@cepro/contracts';
import type { Logger } from '@cepro/service';

const attempts = new Counter({
  name: 'webhooks_attempts_total',
  help: 'Attempts made, by outcome and by what came back',
  labelNames: ['outcome', 'status'],
});
const duration = new Histogram({
  name: 'webhooks_attempt_duration_seconds',
  help: 'How long an attempt took, from resolving the name to the last byte kept',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** Tells operators of an attempt: metrics, and one wide line without payload, URL or secret. */
export function attemptMade(logger: Logger, endpointId: string, attempt: Attempt, kind: 'delivery' | 'manual-retry' | 'test'): void {
  const { deliveryId, accountId, eventType, outcome, statusCode, error, responseTimeMs, nextAttemptAt } = attempt;
  attempts.inc({ outcome: outcome.toLowerCase(), status: error ?? `${Math.floor((statusCode ?? 0) / 100)}xx` });
  duration.observe(responseTimeMs / 1_000);
  logger.info(
    { deliveryId, endpointId, accountId, eventType, attempt: attempt.attempt, outcome, statusCode, error, responseTimeMs, nextAttemptAt, kind },
    'attempt',
  );
}
