import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import {
  deliveryMsgId, deliveryRequestHeaders, deliverySubject, endpointFactSubjects, normalLane, readEvent, routingOf, routingSubject, shardOf, streams,
  traceContextIn, type DeliveryRequest, type Routing, type TraceContext,
} from '@cepro/contracts';
import { dedupeWindowMs, findStored, store, wire, type BatchingPublisher, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, SERVICE, reasonOf, type Logger, type ServiceSettings } from '@cepro/service';
import type { JetStreamClient } from '@nats-io/jetstream';
import { DeadLetters } from './dead-letters.client.ts';
import { routeSpan } from './route-span.ts';
import { deliveriesOf } from './routing.ts';
import { Subscriptions } from './subscriptions.ts';

const routed = new Counter({ name: 'webhooks_events_routed_total', help: 'Events routed, by whether anybody listened', labelNames: ['matched'] });
const scheduled = new Counter({ name: 'webhooks_deliveries_scheduled_total', help: 'Deliveries scheduled' });
const delay = new Histogram({
  name: 'webhooks_routing_delay_seconds',
  help: 'From the acceptance of an event to its routing being on record, what was put aside included',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600],
});
for (const matched of ['yes', 'no']) routed.inc({ matched }, 0);

/** What routing one event needs to know of the moment. */
export interface RoutingContext {
  readonly js: JetStreamClient;
  /** For what is stored. */
  readonly publisher: BatchingPublisher;
  readonly shards: number;
  /** How far the configuration was read. */
  readonly configVersion: number;
  readonly signal: AbortSignal;
}

/** Schedules one delivery for each endpoint that an event matches, and notes what it did. */
@Injectable()
export class RouteService {
  constructor(
    @Inject(Subscriptions) private readonly subscriptions: Subscriptions,
    @Inject(DeadLetters) private readonly deadLetters: DeadLetters,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SERVICE) private readonly settings: Pick<ServiceSettings, 'tracer'>,
  ) {}

  /** Resolves when the event may be acknowledged: every delivery, or the dead letter, is stored, and then the event's routing. */
  async route(message: WorkMessage, context: RoutingContext): Promise<void> {
    const { subject, data, seq: sequence, storedAt } = message;
    const event = readEvent({ subject, data, sequence, storedAt });
    const published = traceContextIn(wire(message));
    const span = this.settings.tracer?.start(routeSpan(message, event), published);
    try {
      const deliveries = await this.#route(message, event, span?.context ?? published, context);
      span?.end({ attributes: { 'cepro.deliveries': deliveries }, failed: event.ok ? undefined : event.reason });
    } catch (error) {
      span?.end({ failed: 'not routed to its end' });
      throw error;
    }
  }

  /** Resolves with how many deliveries it makes. */
  async #route(message: WorkMessage, event: ReturnType<typeof readEvent>, trace: TraceContext | undefined, context: RoutingContext): Promise<number> {
    const { subject, seq: sequence, storedAt, deliveryCount } = message;
    const note = (deliveries: number, fault: Routing['fault']) =>
      this.#note(routingOf({ subject, sequence, storedAt }, { configVersion: context.configVersion, deliveries, fault }), context);
    if (!event.ok) {
      await this.deadLetters.bury(context.publisher, message, event.reason, context.signal);
      await note(0, event.reason);
      return 0;
    }
    const endpointIds = this.subscriptions.match(event.value.accountId, event.value.eventType);
    const deliveries = deliveriesOf(event.value, endpointIds, context.configVersion, trace);
    // An event that comes again after the server has forgotten its deliveries' ids must not schedule them twice.
    // Where this clock makes nothing of its age, it is asked about too.
    const ageMs = Date.now() - storedAt;
    const late = deliveryCount > 1 && (ageMs > dedupeWindowMs / 2 || ageMs < 0);
    await Promise.all(deliveries.map((delivery) => this.#schedule(delivery, context, { storedAt, late })));
    await note(deliveries.length, null);
    routed.inc({ matched: deliveries.length > 0 ? 'yes' : 'no' });
    return deliveries.length;
  }

  /** A routing that is noted twice, as when the event comes again after hours, says of the same event that it was routed. */
  async #note(routing: Routing, { publisher, signal }: RoutingContext): Promise<void> {
    const { eventId, sequence, storedAt } = routing;
    const { duplicate } = await store(publisher, { subject: routingSubject, msgId: eventId, data: JSON.stringify(routing) }, {
      signal,
      onRetry: (error) => this.logger.warn({ reason: reasonOf(error), sequence }, 'a routing could not be noted; trying again'),
    });
    // This clock and the server's may differ, but nothing is routed before it is there.
    if (!duplicate) delay.observe(Math.max(0, Date.now() - storedAt) / 1_000);
  }

  async #schedule(delivery: DeliveryRequest, { js, publisher, shards, signal }: RoutingContext, { storedAt, late }: { storedAt: number; late: boolean }): Promise<void> {
    const { deliveryId, endpointId, body } = delivery;
    const subject = deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'scheduled');
    const msgId = deliveryMsgId.scheduled(deliveryId);
    const within = endpointFactSubjects(endpointId, 'scheduled');
    // By the server's clock, since when the event is there: this one may be ahead of it.
    const find = () => findStored(js, { stream: streams.deliveries, subject, within, msgId, since: storedAt });
    if (late && (await find())) return;
    const ack = await store(publisher, { subject, msgId, data: body, headers: deliveryRequestHeaders(delivery) }, {
      signal,
      find,
      onRetry: (error) => this.logger.warn({ reason: reasonOf(error), deliveryId, endpointId }, 'a delivery could not be stored; trying again'),
    });
    if (!ack.duplicate) scheduled.inc();
  }
}
