import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent } from 'undici';
import { maxResponseBytes, type AttemptError } from '@cepro/contracts';
import { dnsResolver, EgressGuard } from '@cepro/egress-guard';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { retryAfterOf } from '../pace/retry-after.ts';
import { AnswerHandler } from './answer.handler.ts';
import { Deadlines } from './deadlines.ts';
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

/** Where a request goes. */
export interface Target {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
}

/** Where a request to a URL goes. What follows a `#` stays here. */
export function targetOf({ origin, pathname, search }: URL): Target {
  return { origin, path: pathname + search };
}

/** Makes the requests to receivers: the one place from which anything leaves for the outside. */
@Injectable()
export class WebhookClient implements OnApplicationShutdown {
  readonly #agent: Agent;
  readonly #deadlines: Deadlines;
  readonly #maxRetryAfterMs: number;

  constructor(@Inject(CONFIG) { egress, EGRESS_DNS_SERVERS, DELIVERY_TIMEOUT_MS, DELIVERY_RETRY_AFTER_MAX_MS }: Config) {
    this.#deadlines = new Deadlines(DELIVERY_TIMEOUT_MS);
    this.#maxRetryAfterMs = DELIVERY_RETRY_AFTER_MAX_MS;
    // A name server that answers for one address family only must not use up the time for the request.
    const guard = new EgressGuard(egress, dnsResolver({ servers: EGRESS_DNS_SERVERS, timeoutMs: Math.ceil(DELIVERY_TIMEOUT_MS / 4) }));
    this.#agent = new Agent({
      connect: guard.connector({ timeoutMs: DELIVERY_TIMEOUT_MS }),
      pipelining: 1,
      // Else the first connection to an origin is made to find out whether it speaks HTTP/2, and all other requests wait for that.
      allowH2: false,
      // One deadline rules the whole exchange, below.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Posts a body and resolves with what came of it, never rejecting: a failed attempt is an expected outcome. One
   * deadline covers the whole exchange, from resolving the name to the last byte of the body. Redirects are not followed.
   */
  post({ origin, path }: Target, headers: Record<string, string>, body: Uint8Array): Promise<Exchange> {
    const started = performance.now();
    const collector = new BodyCollector(maxResponseBytes);
    const { promise, resolve } = Promise.withResolvers<Exchange>();
    const answer = new AnswerHandler(collector, (error) => {
      inTime();
      const { statusCode } = answer;
      const asked = statusCode === null ? undefined : retryAfterOf(statusCode, answer.retryAfter, Date.now());
      const retryAfterMs = asked && Math.min(asked, this.#maxRetryAfterMs);
      resolve({ statusCode, error, responseTimeMs: Math.round(performance.now() - started), body: collector.kept, retryAfterMs });
    });
    const inTime = this.#deadlines.begin(() => answer.breakOff('timeout'));
    this.#agent.dispatch({ origin, path, method: 'POST', headers, body }, answer);
    return promise;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#agent.destroy();
  }
}
