import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import {
  deadLetterOf, deliveryMsgId, deliveryRequestHeaders, deliverySubject, endpointFactSubjects, normalLane, shardOf, slowLane, streams,
  type Cancellation, type CancelReason, type DeliveryRequest, type Endpoint, type Lane,
} from '@cepro/contracts';
import { findStored, pullMs, store, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { SealedSecretError } from '@cepro/secrets';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { attemptEnd } from '../pace/attempt-end.ts';
import { longestPutOffMs, Paces, type Entry, type Leave } from '../pace/paces.ts';
import { RateLimits, type LimitedEndpoint } from '../pace/rate-limits.ts';
import { steadyNow } from '../pace/steady-clock.ts';
import { AttemptTelemetry } from '../send/attempt-telemetry.ts';
import { Endpoints } from '../send/endpoints.ts';
import { Sender } from '../send/sender.service.ts';
import { attemptMade, attemptRecorded, deliveryCancelled } from './delivery.telemetry.ts';
import { nextStep, type History, type NextStep } from './delivery.ts';
import { DeliveryHistory, type RecordContext } from './history.client.ts';
import type { RetrySchedule } from './retry-schedule.ts';

const diverted = new Counter({ name: 'webhooks_deliveries_diverted_total', help: 'Deliveries handed over to the slow lane' });

const putOff = new Counter({ name: 'webhooks_deliveries_put_off_total', help: 'Times that a delivery of the slow lane was put off until its endpoint\'s turn' });

const deadLettered = new Counter({ name: 'webhooks_dead_letters_total', help: 'Deliveries that could not be read, by reason', labelNames: ['reason'] });
deadLettered.inc({ reason: 'bad-delivery' }, 0);

/** How a message is settled. `back` hands it back, to come again after a time in milliseconds. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'back'; readonly afterMs: number }
  | { readonly kind: 'poison'; readonly reason: string };

const done: Verdict = { kind: 'done' };

/** How long a delivery waits whose endpoint's secret can't be opened: until the operators have mended the key ring. */
const secretRetryMs = 30_000;

/** How long a delivery waits whose record could not be read, as while a leader is elected. */
const unreadMs = 1_000;

/** Longer than this worker's requests for messages stand, so that it is not handed to the one that stops. */
const stoppedMs = pullMs + 1_000;

/** Brings a delivery one step on. */
@Injectable()
export class DeliverService {
  readonly #schedule: RetrySchedule;
  /** No delivery is held back for longer than this at a time, in milliseconds. */
  readonly #longestMs: number;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Endpoints) private readonly endpoints: Endpoints,
    @Inject(Sender) private readonly sender: Sender,
    @Inject(DeliveryHistory) private readonly history: DeliveryHistory,
    @Inject(Paces) private readonly paces: Paces,
    @Inject(RateLimits) private readonly rates: RateLimits,
    @Inject(AttemptTelemetry) private readonly telemetry: AttemptTelemetry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#schedule = { delaysMs: config.DELIVERY_RETRY_DELAYS_MS, jitterPercent: config.DELIVERY_JITTER_PERCENT };
    this.#longestMs = Math.max(Math.max(0, ...this.#schedule.delaysMs) * (1 + this.#schedule.jitterPercent / 100), config.DELIVERY_RETRY_AFTER_MAX_MS, longestPutOffMs);
  }

  /** Puts a message aside that can't be read. */
  async deadLetter({ subject, seq: sequence, data, headers }: WorkMessage, reason: string, { publisher, signal }: RecordContext): Promise<Verdict> {
    const letter = deadLetterOf('delivery', { subject, sequence, data, msgId: headers?.get('Nats-Msg-Id') }, reason);
    await store(publisher, letter, { signal, onRetry: (error) => this.logger.warn({ reason: reasonOf(error), sequence }, 'a dead letter could not be stored; trying again') });
    deadLettered.inc({ reason: 'bad-delivery' });
    this.logger.error({ sequence, reason }, 'delivery dead-lettered');
    return { kind: 'poison', reason };
  }

  /**
   * Does what is next for a delivery that came by a lane. When it resolves, everything that happened is on record.
   * @param isLost whether this process stood still for so long meanwhile that somebody else has the delivery.
   */
  async advance(message: WorkMessage, request: DeliveryRequest, lane: Lane, context: RecordContext, isLost: () => boolean): Promise<Verdict> {
    let history: History;
    try {
      history = await this.history.of(message, request, context);
    } catch (error) {
      // Nothing has been sent yet, so it need not wait until the server misses it.
      this.logger.warn({ deliveryId: request.deliveryId, reason: reasonOf(error) }, 'what is on record of a delivery could not be read; trying again');
      return { kind: 'back', afterMs: unreadMs };
    }
    const found = () => this.endpoints.find(request.accountId, request.endpointId);
    const endpoint = found();
    const step = nextStep(request, history, endpoint, Date.now(), this.#longestMs);
    if (step.kind !== 'send' || !endpoint) return await this.#settle(step, message, request, history, context);
    const entry = await this.#enter(endpoint, lane, request.attempt !== undefined, context);
    switch (entry.kind) {
      case 'go': {
        // It may have waited for its turn, and its endpoint have been changed, switched off or deleted meanwhile.
        const current = found();
        const now = nextStep(request, history, current, Date.now(), this.#longestMs);
        if (now.kind === 'send' && isLost()) {
          entry.leave();
          throw new Error('this process stood still before the request was sent');
        }
        if (now.kind === 'send' && current) return await this.#send(message, request, { attempt: now.attempt, endpoint: current, lane, leave: entry.leave }, context);
        entry.leave();
        return await this.#settle(now, message, request, history, context);
      }
      case 'divert':
        await this.#divert(message, request, history, context);
        return done;
      case 'later': {
        const untilMs = Date.now() + entry.afterMs;
        await this.history.save(message, request, history.attempts, untilMs, context);
        putOff.inc();
        return this.#backAt(untilMs);
      }
      case 'stopped':
        return { kind: 'back', afterMs: stoppedMs };
    }
  }

  /**
   * Waits for a turn in the endpoint's rate, and then for one by its pace, which may have changed by then: a turn is lost
   * where the pace has no place for it. A retry by hand waits for neither.
   */
  #enter(endpoint: Endpoint, lane: Lane, byHand: boolean, { js }: RecordContext): Promise<Entry> | Entry {
    const { rateLimit } = endpoint;
    if (byHand || rateLimit === null) return this.paces.enter(endpoint, lane, { force: byHand });
    return this.#enterInTurn({ ...endpoint, rateLimit }, lane, js);
  }

  async #enterInTurn(endpoint: Endpoint & LimitedEndpoint, lane: Lane, js: JetStreamClient): Promise<Entry> {
    const hasTurn = !this.paces.refuses(endpoint, lane) && (await this.rates.turn(endpoint, lane, js));
    if (!hasTurn) return this.paces.putOff(endpoint, lane);
    return await this.paces.enter(this.endpoints.find(endpoint.accountId, endpoint.id) ?? endpoint, lane);
  }

  /** Everything but sending. */
  async #settle(step: NextStep, message: WorkMessage, request: DeliveryRequest, history: History, context: RecordContext): Promise<Verdict> {
    if (step.kind === 'wait') {
      await this.history.save(message, request, history.attempts, step.untilMs, context);
      return this.#backAt(step.untilMs);
    }
    if (step.kind === 'cancel') {
      const endpoint = this.endpoints.find(request.accountId, request.endpointId);
      await this.#cancel(request, step.reason, endpoint?.lastDisabledVersion ?? 0, context);
    }
    return done;
  }

  async #send(
    message: WorkMessage, request: DeliveryRequest,
    { attempt, endpoint, lane, leave }: { readonly attempt: number; readonly endpoint: Endpoint; readonly lane: Lane; readonly leave: Leave }, context: RecordContext,
  ): Promise<Verdict> {
    const { deliveryId, eventType, body, trace } = request;
    const manual = request.attempt !== undefined;
    let made;
    try {
      made = await this.sender.attempt(endpoint, { deliveryId, eventType, attempt, body, trace }, manual ? undefined : this.#schedule);
    } catch (error) {
      leave();
      if (!(error instanceof SealedSecretError)) throw error;
      this.logger.error({ endpointId: endpoint.id, reason: error.message }, 'the endpoint\'s secret can not be opened; is its key in SECRETS_KEY_RING?');
      return { kind: 'back', afterMs: secretRetryMs };
    }
    leave(attemptEnd(made, steadyNow()));
    this.telemetry.attemptMade(endpoint.id, made.attempt, manual ? 'manual-retry' : 'delivery', made.trace);
    attemptMade(request, lane, made.attempt);
    const recorded = await this.history.record(message, endpoint.id, made.attempt, context, made.trace);
    if (recorded) attemptRecorded(request, made.attempt, recorded);
    if (!recorded?.nextAttemptAt) return done;
    const dueAt = Date.parse(recorded.nextAttemptAt);
    await this.history.save(message, request, recorded.attempt, dueAt, context);
    return this.#backAt(dueAt);
  }

  /** The server takes whole milliseconds only; given a fraction, it would send the message again at once. */
  #backAt(time: number): Verdict {
    // The clock may have been set between this and what `time` was reckoned by.
    return { kind: 'back', afterMs: Math.ceil(Math.min(Math.max(1, time - Date.now()), this.#longestMs)) };
  }

  /** Hands a delivery over to the slow lane, with how far it has come. Until it is stored there, it is still here. */
  async #divert(message: WorkMessage, request: DeliveryRequest, { attempts, dueAt }: History, { js, publisher, shards, signal }: RecordContext): Promise<void> {
    const { deliveryId, endpointId, body } = request;
    const subject = deliverySubject(slowLane, shardOf(endpointId, shards), endpointId, 'diverted');
    const msgId = deliveryMsgId.diverted(deliveryId, message.seq);
    await store(publisher, {
      subject,
      msgId,
      headers: deliveryRequestHeaders({ ...request, progress: { attempts, ...(dueAt !== undefined && { dueAt }) } }),
      data: body,
    }, {
      signal,
      find: () => findStored(js, { stream: streams.deliveries, subject, within: endpointFactSubjects(endpointId, 'diverted'), msgId, since: message.storedAt }),
      onRetry: (error) => this.logger.warn({ reason: reasonOf(error), deliveryId }, 'a delivery could not be diverted; trying again'),
    });
    diverted.inc();
  }

  async #cancel(request: DeliveryRequest, reason: CancelReason, version: number, { publisher, shards, signal }: RecordContext): Promise<void> {
    const { deliveryId, endpointId } = request;
    const cancellation: Cancellation = { deliveryId, reason, at: new Date().toISOString() };
    await store(publisher, {
      subject: deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'cancelled'),
      msgId: deliveryMsgId.cancelled(deliveryId, version),
      data: JSON.stringify(cancellation),
    }, { signal, onRetry: (error) => this.logger.warn({ reason: reasonOf(error), deliveryId }, 'a cancellation could not be recorded; trying again') });
    deliveryCancelled(request, reason);
    this.logger.info({ deliveryId, endpointId, reason }, 'delivery cancelled');
  }
}
