import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  deliveryMsgId, deliveryRequestHeaders, deliverySubject, DomainError, isId, normalLane, shardOf, streams, type EventType, type TraceContext,
} from '@cepro/contracts';
import { store, type MessageToStore, type StoredAt } from '@cepro/jetstream';
import { Database } from '@cepro/projection';
import { LOGGER, NatsClient, SERVICE, reasonOf, type Logger, type ServiceSettings, type SpanStart } from '@cepro/service';
import { Counter } from 'prom-client';
import { asking } from '../database/availability.ts';
import { LogProjector } from '../project/log-projector.ts';
import { selectDelivery, type DeliveryRow } from '../read/delivery.query.ts';
import type { RetryAnswer } from '../read/log.answers.ts';
import { decideRetry } from './retry.ts';

const storeMs = 5_000;
const projectMs = 2_000;

const retriesCounter = new Counter({ name: 'webhooks_log_manual_retries_total', help: 'Deliveries that an admin has sent again' });

/** Sends a delivery again because an admin wants it: same id, same body, one more attempt. */
@Injectable()
export class RetryService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(NatsClient) private readonly nats: NatsClient,
    @Inject(LogProjector) private readonly projector: LogProjector,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SERVICE) private readonly settings: ServiceSettings,
  ) {}

  /** @throws DomainError `delivery-not-found`, `delivery-not-failed`, `endpoint-disabled`, `unavailable` */
  async retry(accountId: string, deliveryId: string): Promise<RetryAnswer> {
    const delivery = await this.#load(accountId, deliveryId);
    const decision = decideRetry({ ...delivery, endpointActive: delivery.endpoint_active });
    if (!decision.ok) throw new DomainError(decision.reason);
    const { attempt } = decision.value;
    const span = this.settings.tracer?.start(retrySpan(delivery, accountId, attempt), undefined);
    const storing = this.#store((shards) => retryMessage(delivery, { accountId, attempt, shards, trace: span?.context }));
    const ack = await storing.catch((error: unknown) => {
      span?.end({ failed: 'not stored' });
      throw error;
    });
    // The trace of one that was stored before goes on nowhere.
    span?.end({ attributes: { 'cepro.duplicate': ack.duplicate } });
    // Several may have decided on the same retry at once. The stream has stored one; it counts for all of them.
    if (!ack.duplicate) {
      retriesCounter.inc();
      this.logger.info({ deliveryId, endpointId: delivery.endpoint_id, accountId, attempt }, 'a delivery is retried by hand');
    }
    // Whoever asks next, even if only for a second retry, finds this one. If the projection is late, they may not.
    await this.projector.deliveriesReached(ack.seq, projectMs);
    return { deliveryId, attempt };
  }

  async #load(accountId: string, deliveryId: string): Promise<DeliveryRow> {
    const select = () => asking(this.database, (manager) => selectDelivery(manager, accountId, deliveryId));
    const delivery = isId('dlv', deliveryId) ? await select() : undefined;
    if (!delivery) throw new DomainError('delivery-not-found');
    // The endpoint may have been switched on a moment ago, in another service; and the worker must not take the retry
    // for an older one, of before it was switched off.
    await this.projector.endpointIsCurrent(accountId, delivery.endpoint_id);
    const current = await select();
    if (!current) throw new DomainError('delivery-not-found');
    return current;
  }

  /** @throws DomainError `unavailable` when it could not be stored in time; the same retry may then be asked for again. */
  async #store(messageFor: (shards: number) => MessageToStore): Promise<StoredAt> {
    const late = new AbortController();
    const storing = (async () => {
      const [js, shards] = await Promise.all([this.nats.jetstream(), this.projector.shards()]);
      return await store(js, messageFor(shards), {
        signal: late.signal,
        onRetry: (error) => this.logger.warn({ reason: reasonOf(error) }, 'a retry could not be stored; trying again'),
      });
    })();
    const ack = await Promise.race([storing.catch(() => undefined), sleep(storeMs, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    if (!ack) throw new DomainError('unavailable', 'The retry could not be stored; try again shortly.');
    return ack;
  }
}

function retryMessage(delivery: DeliveryRow, { accountId, attempt, shards, trace }: { accountId: string; attempt: number; shards: number; trace: TraceContext | undefined }): MessageToStore {
  const {
    delivery_id: deliveryId, endpoint_id: endpointId, event_id: eventId, event_type: eventType, payload, config_position, endpoint_disabled_version,
  } = delivery;
  return {
    subject: deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'retry'),
    msgId: deliveryMsgId.retry(deliveryId, attempt, Number(endpoint_disabled_version)),
    data: Buffer.from(payload, 'utf8'),
    headers: deliveryRequestHeaders({
      deliveryId,
      accountId,
      // Only tests have none, and a test is not retried.
      eventId: eventId!,
      // The catalogue's own when it was stored.
      eventType: eventType as EventType,
      configVersion: Number(config_position),
      attempt,
      trace,
    }),
  };
}

/** A trace of its own, since the first one may be of days ago: the delivery's id is in both. */
function retrySpan({ delivery_id: deliveryId, endpoint_id: endpointId, event_type: eventType }: DeliveryRow, accountId: string, attempt: number): SpanStart {
  return {
    name: `retry ${streams.deliveries}`,
    kind: 'producer',
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'retry',
      'messaging.destination.name': streams.deliveries,
      'cepro.delivery.id': deliveryId,
      'cepro.endpoint.id': endpointId,
      'cepro.account.id': accountId,
      'cepro.event.type': eventType,
      'cepro.attempt': attempt,
    },
  };
}
