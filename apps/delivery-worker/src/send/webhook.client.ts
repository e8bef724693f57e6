import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import { maxResponseBytes, type AttemptError } from '@cepro/contracts';
import { dnsResolver, EgressGuard } from '@cepro/egress-guard';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { retryAfterOf } from '../pace/retry-after.ts';
import { attemptErrorOf } from './attempt-error.ts';
import { BodyCollector, type KeptBody } from './response-body.ts';

/** What one request came to. */
export interface Exchange {
  readonly statusCode: number | null;
  /** Why there is no complete answer, `null` if there is one. */
  readonly error: AttemptError | null;
  readonly responseTimeMs: number;
  readonly body: KeptBody;
  /** How long the receiver asks to be left alone, in milliseconds, within what it may ask for; `undefined` if it does not. */
  readonly retryAfterMs?: number | undefined;
}

/** Answers that only announce the answer (1xx): one or two are usual, and a receiver that sends no end of them costs time. */
const mostInterim = 16;

/** Makes the requests to receivers: the one place from which anything leaves for the outside. */
@Injectable()
export class WebhookClient implements OnApplicationShutdown {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  readonly #maxRetryAfterMs: number;

  constructor(@Inject(CONFIG) { egress, EGRESS_DNS_SERVERS, DELIVERY_TIMEOUT_MS, DELIVERY_RETRY_AFTER_MAX_MS }: Config) {
    this.#timeoutMs = DELIVERY_TIMEOUT_MS;
    this.#maxRetryAfterMs = DELIVERY_RETRY_AFTER_MAX_MS;
    // A name server that answers for one address family only must not use up the time for the request.
    const guard = new EgressGuard(egress, dnsResolver({ servers: EGRESS_DNS_SERVERS, timeoutMs: Math.ceil(DELIVERY_TIMEOUT_MS / 4) }));
    this.#agent = new Agent({
      connect: guard.connector({ timeoutMs: DELIVERY_TIMEOUT_MS }),
      pipelining: 1,
      // One deadline rules the whole exchange, below.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Posts a body and resolves with what came of it, never rejecting: a failed attempt is an expected outcome. One
   * deadline covers the whole exchange, from resolving the name to the last byte of the body. Redirects are not followed.
   */
  async post(url: string, headers: Record<string, string>, body: Uint8Array): Promise<Exchange> {
    const started = performance.now();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#timeoutMs);
    const collector = new BodyCollector(maxResponseBytes);
    let statusCode: number | null = null;
    let error: AttemptError | null = null;
    let retryAfterMs: number | undefined;
    let interim = 0;
    const onInfo = () => {
      interim += 1;
      if (interim > mostInterim) deadline.abort();
    };
    try {
      const response = await request(url, { method: 'POST', headers, body, dispatcher: this.#agent, signal: deadline.signal, onInfo });
      statusCode = response.statusCode;
      const asked = retryAfterOf(statusCode, first(response.headers['retry-after']), Date.now());
      retryAfterMs = asked && Math.min(asked, this.#maxRetryAfterMs);
      const encoding = response.headers['content-encoding'];
      await collector.read(response.body, Array.isArray(encoding) ? encoding.at(-1) : encoding);
    } catch (fault) {
      if (interim > mostInterim) error = 'protocol-error';
      else error = deadline.signal.aborted ? 'timeout' : attemptErrorOf(fault);
    } finally {
      clearTimeout(timer);
    }
    return { statusCode, error, responseTimeMs: Math.round(performance.now() - started), body: collector.kept, retryAfterMs };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** A header's value; the first if it stands there more than once. */
function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
