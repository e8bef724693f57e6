import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { traceIdOf, type Attempt, type TraceContext } from '@cepro/contracts';
import { LOGGER, type Logger } from '@cepro/service';

const attempts = new Counter({
  name: 'webhooks_attempts_total',
  help: 'Attempts made, by outcome and by what came back',
  labelNames: ['outcome', 'status'],
});
// What has not happened yet is 0: the share of successes must be told also where there was none.
for (const [outcome, status] of [['success', '2xx'], ['retrying', '5xx'], ['failed', '5xx']] as const) attempts.inc({ outcome, status }, 0);
const duration = new Histogram({
  name: 'webhooks_attempt_duration_seconds',
  help: 'How long an attempt took, from resolving the name to the last byte kept',
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** Tells operators of attempts. */
@Injectable()
export class AttemptTelemetry {
  readonly #logger: Logger;

  constructor(@Inject(LOGGER) logger: Logger) {
    // Its lines are put together here, field by field: there is nothing to be looked for and blotted out, which would cost as
    // much as the line.
    this.#logger = logger.child({}, { redact: [] });
  }

  /** Metrics, and one wide line without payload, URL or secret; with the trace's id, if it is in one. */
  attemptMade(endpointId: string, attempt: Attempt, kind: 'delivery' | 'manual-retry' | 'test', trace: TraceContext | undefined): void {
    const { deliveryId, accountId, eventType, outcome, statusCode, error, responseTimeMs, nextAttemptAt } = attempt;
    attempts.inc({ outcome: outcome.toLowerCase(), status: error ?? `${Math.floor((statusCode ?? 0) / 100)}xx` });
    duration.observe(responseTimeMs / 1_000);
    this.#logger.info(
      { deliveryId, endpointId, accountId, eventType, attempt: attempt.attempt, outcome, statusCode, error, responseTimeMs, nextAttemptAt, kind, traceId: trace && traceIdOf(trace) },
      'attempt',
    );
  }
}
