import { Inject, Injectable } from '@nestjs/common';
import type { Attempt, Endpoint, EventType, TraceContext } from '@cepro/contracts';
import { checkUrl } from '@cepro/egress-guard';
import { SERVICE, type ServiceSettings } from '@cepro/service';
import { requestHeaders, type WebhookRequest } from '@cepro/signing';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { outcomeOf } from '../deliver/delivery.ts';
import type { RetrySchedule } from '../deliver/retry-schedule.ts';
import { attemptSpan, attemptSpanEnd } from './attempt-span.ts';
import { Endpoints } from './endpoints.ts';
import { targetOf, WebhookClient, type Exchange, type Target } from './webhook.client.ts';

const refused: Exchange = { statusCode: null, error: 'url-not-external', responseTimeMs: 0, body: { bytes: Buffer.alloc(0), truncated: false } };

/** What is to be sent, and what it follows in its trace. */
export interface RequestToSend extends WebhookRequest {
  readonly eventType: EventType;
  readonly body: Uint8Array;
  readonly trace?: TraceContext | undefined;
}

export interface MadeAttempt {
  /** As it is to be recorded. */
  readonly attempt: Attempt;
  /** How long the receiver asks to be left alone, in milliseconds, if it does. */
  readonly retryAfterMs: number | undefined;
  /** For what follows from it; without a tracer of ours, where the delivery itself belongs. */
  readonly trace: TraceContext | undefined;
}

/** Makes one attempt, for a delivery and for a Send Test alike. */
@Injectable()
export class Sender {
  // The rules are those of this process; the connection's address is checked whenever one is made.
  readonly #targets = new WeakMap<Endpoint, Target | undefined>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(WebhookClient) private readonly client: WebhookClient,
    @Inject(SERVICE) private readonly settings: Pick<ServiceSettings, 'tracer'>,
  ) {}

  /**
   * Signs and sends, and resolves with the attempt as it is to be recorded. `schedule` is `undefined` where no retry
   * would follow.
   * @throws SealedSecretError if the endpoint's secret can't be opened: then nothing was sent.
   */
  async attempt(endpoint: Endpoint, request: RequestToSend, schedule: RetrySchedule | undefined): Promise<MadeAttempt> {
    const startedAt = new Date();
    const headers = requestHeaders(request, this.endpoints.keyOf(endpoint), startedAt);
    const target = this.#targetOf(endpoint);
    const span = this.settings.tracer?.start(attemptSpan(request, endpoint, target && new URL(target.origin)), request.trace);
    const trace = span?.context ?? request.trace;
    // What tracing systems have noted besides is no receiver's business.
    if (trace) headers['traceparent'] = trace.traceparent;
    const exchange = target ? await this.client.post(target, headers, request.body) : refused;
    const { outcome, nextAttemptAt } = outcomeOf(exchange, request.attempt, schedule, Date.now(), Math.random());
    const attempt: Attempt = {
      deliveryId: request.deliveryId,
      accountId: endpoint.accountId,
      eventType: request.eventType,
      attempt: request.attempt,
      startedAt: startedAt.toISOString(),
      responseTimeMs: exchange.responseTimeMs,
      outcome,
      statusCode: exchange.statusCode,
      error: exchange.error,
      url: endpoint.url,
      requestHeaders: headers,
      responseBody: exchange.body.bytes.toString('base64'),
      responseTruncated: exchange.body.truncated,
      nextAttemptAt: nextAttemptAt === undefined ? null : new Date(nextAttemptAt).toISOString(),
    };
    span?.end(attemptSpanEnd(attempt));
    return { attempt, retryAfterMs: exchange.retryAfterMs, trace };
  }

  /** Where requests to an endpoint go, `undefined` if they must not: the rules may have become stricter since its URL was saved. */
  #targetOf(endpoint: Endpoint): Target | undefined {
    if (!this.#targets.has(endpoint)) {
      const verdict = checkUrl(endpoint.url, this.config.egress);
      this.#targets.set(endpoint, verdict.ok ? targetOf(verdict.url) : undefined);
    }
    return this.#targets.get(endpoint);
  }
}
