import {
  AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, StoreCompression,
  type ConsumerConfig, type StreamConfig,
} from '@nats-io/jetstream';
import {
  lanes, notificationsDurable, notificationSubjects, ratesBucket, retriesBucket, routerDurable, routingSubject, shardWorkSubjects, streams, workerDurable, type Lane,
} from '@cepro/contracts';

/** What an operator may choose; everything else about the streams is decided here. */
export interface TopologyOptions {
  /** Copies of each stream: 1 on a single server, 3 in a cluster. */
  readonly replicas: number;
  /** How many consumers share the deliveries. May grow, never shrink. */
  readonly shards: number;
  /** How long a worker may hold a delivery before it is given to another, in milliseconds. */
  readonly deliveryAckWaitMs: number;
  /** How long deliveries are kept, in days. More than the log's retention, or the log can't be rebuilt whole. */
  readonly deliveriesRetentionDays: number;
}

export const defaultTopology: TopologyOptions = { replicas: 1, shards: 16, deliveryAckWaitMs: 60_000, deliveriesRetentionDays: 31 };

/** Everything that has to exist in JetStream. */
export interface Topology {
  readonly streams: readonly (Partial<StreamConfig> & { name: string; subjects: string[] })[];
  readonly consumers: readonly { readonly stream: string; readonly config: Partial<ConsumerConfig> & { durable_name: string } }[];
}

/** The key of the stream's metadata that tells every service how many shards there are. */
export const shardsMetadata = 'cepro-shards';

/**
 * The key of the metadata of the routings' stream that tells from which event on routings are noted: all before it were
 * acknowledged when there was no such stream yet.
 */
export const firstRoutedMetadata = 'cepro-first-event';

const seconds = (n: number) => n * 1_000_000_000;
const minutes = (n: number) => seconds(n * 60);
const days = (n: number) => minutes(n * 24 * 60);

/** Publishing one id again within this time stores it once. Longer costs memory: about 140 bytes an id. */
export const dedupeWindowMs = 10 * 60 * 1000;

/**
 * How long a delivery's retry state is kept after its last change: a little over the whole retry window. Where it is gone,
 * after a long outage, the record is asked.
 */
const retryStateMinutes = 60;

/** How long an endpoint's place in its rate is kept: it is of no use a moment later. */
const rateStateMinutes = 60;

/**
 * How many deliveries of a shard may be in hand or wait for a retry. The default of 1,000 would let one dead endpoint stop
 * a shard; without any bound the server's pending set would grow past what it handles in time. In the slow lane, where
 * nobody is in time, more may wait.
 */
const mostWaiting: Readonly<Record<Lane, number>> = { n: 20_000, s: 100_000 };

const notificationsRetentionDays = 90;

/** Of one account and type. An endpoint that fails and recovers all day long drops old news; it must not fill the disk. */
const mostNotifications = 10_000;

/** A key-value bucket, as the KV client would lay it out. */
function bucket(name: string) {
  return {
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    duplicate_window: minutes(2),
    max_msgs_per_subject: 1,
    allow_rollup_hdrs: true,
    deny_delete: true,
  };
}

/** Declares the streams and consumers, once, for the provisioning command and for the check at every service's start. */
export function topology(options: TopologyOptions): Topology {
  const common = {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: options.replicas,
    duplicate_window: dedupeWindowMs * 1_000_000,
    allow_direct: true,
    // A full stream refuses the publisher, who then knows; the other policy would drop the oldest silently.
    discard: DiscardPolicy.New,
  };
  return {
    streams: [
      { ...common, name: streams.events, subjects: ['cepro.events.>'], max_age: days(7) },
      { ...common, name: streams.config, subjects: ['webhooks.config.*.*'], max_age: 0 },
      // As long as the deliveries: the log's list of events is rebuilt from here, when the events themselves are gone.
      { ...common, name: streams.routings, subjects: [routingSubject], max_age: days(options.deliveriesRetentionDays) },
      {
        ...common,
        name: streams.deliveries,
        subjects: ['webhooks.deliveries.>'],
        max_age: days(options.deliveriesRetentionDays),
        compression: StoreCompression.S2,
        metadata: { [shardsMetadata]: String(options.shards) },
      },
      { ...common, name: streams.deadLetters, subjects: ['webhooks.dead-letters.*'], max_age: days(30) },
      // Whoever tells the customer may be away for long; and what was told is read from here when the tables are made anew.
      {
        ...common,
        name: streams.notifications,
        subjects: [notificationSubjects()],
        max_age: days(notificationsRetentionDays),
        max_msgs_per_subject: mostNotifications,
      },
      { ...common, ...bucket(retriesBucket), max_age: minutes(retryStateMinutes) },
      // Not in memory: a single server forgets such a stream itself when it is restarted.
      { ...common, ...bucket(ratesBucket), max_age: minutes(rateStateMinutes) },
    ],
    consumers: [
      {
        stream: streams.events,
        config: {
          durable_name: routerDurable,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          ack_wait: seconds(30),
          max_ack_pending: 5_000,
          max_deliver: -1,
        },
      },
      {
        stream: streams.notifications,
        config: {
          durable_name: notificationsDurable,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          ack_wait: seconds(30),
          max_ack_pending: 1_000,
          max_deliver: -1,
        },
      },
      ...lanes.flatMap((lane) => Array.from({ length: options.shards }, (_, shard) => ({
        stream: streams.deliveries,
        config: {
          durable_name: workerDurable(lane, shard),
          filter_subjects: shardWorkSubjects(lane, shard),
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          ack_wait: options.deliveryAckWaitMs * 1_000_000,
          max_ack_pending: mostWaiting[lane],
          max_deliver: -1,
        },
      }))),
    ],
  };
}
