import { dashboard } from './dashboard.ts';
import { figure, lines, quantiles } from './panels.ts';

const inTime = '{consumer=~"event-router|delivery-worker-n-.+"}';
const slowLane = '{consumer=~"delivery-worker-s-.+"}';
const perInstance = (metric: string) => `max by (job, instance) (${metric})`;

export const pipeline = dashboard({
  uid: 'webhooks-pipeline',
  title: 'Pipeline',
  description: 'Streams and consumers of NATS, the projections that read them, and the Postgres that these write to. What is of NATS, the ledger looks at.',
  rows: [
    {
      title: 'In short',
      panels: [
        figure({
          title: 'Longest wait for a router', width: 6, unit: 's', limits: { orange: 5, red: 60 }, runbook: 'delivery.md#WebhooksRouterBehind',
          description: 'The age of the oldest event that no router has taken.',
          queries: [{ expr: 'max(webhooks_consumer_lag_seconds{stream="CEPRO_EVENTS", consumer="event-router"})', legend: 'wait' }],
        }),
        figure({
          title: 'Projections: furthest behind', width: 6, unit: 's', limits: { orange: 60, red: 900 }, runbook: 'projection.md#WebhooksProjectionBehind',
          description: 'By how much the page is out of date, at worst.',
          queries: [{ expr: 'max(webhooks_projection_lag_seconds)', legend: 'behind' }],
        }),
        figure({
          title: 'Callers that wait for Postgres', width: 6, unit: 'short', limits: { orange: 1, red: 10 }, runbook: 'api.md#WebhooksApiLatencyBurnFast',
          description: 'Callers for which no connection is free, in all services together.',
          queries: [{ expr: 'sum(webhooks_database_connections{state="waiting"})', legend: 'wait' }],
        }),
        figure({
          title: 'Age of these figures', width: 6, unit: 's', limits: { orange: 60, red: 120 }, runbook: 'services.md#WebhooksWatchStale',
          description: 'Since the ledger has last looked at NATS. If it is long, nothing of NATS here is true.',
          queries: [{ expr: 'time() - max(webhooks_watched_timestamp_seconds)', legend: 'age' }],
        }),
      ],
    },
    {
      title: 'NATS: consumers',
      panels: [
        lines({
          title: 'Lag by consumer', width: 12, unit: 's', limits: { red: 60 }, runbook: 'delivery.md#WebhooksWorkerBehind',
          description: 'The age of the oldest message that was never given to anybody: events for the routers, and each shard of the normal lane for the workers.',
          queries: [{ expr: `max by (consumer) (webhooks_consumer_lag_seconds${inTime})`, legend: '{{consumer}}' }],
        }),
        lines({
          title: 'Waiting by consumer', width: 12, unit: 'short',
          description: 'Messages that were never given to anybody. By this router and worker are scaled.',
          queries: [{ expr: `max by (consumer) (webhooks_consumer_pending_messages${inTime})`, legend: '{{consumer}}' }],
        }),
        lines({
          title: 'In hand, or waiting for a retry', width: 12, unit: 'short', limits: { orange: 10_000, red: 20_000 }, runbook: 'delivery.md#WebhooksShardFillsUp',
          description: 'Messages that were given out and are not acknowledged. A shard of the normal lane that has 20,000 gives out nothing more.',
          queries: [{ expr: `max by (consumer) (webhooks_consumer_ack_pending_messages${inTime})`, legend: '{{consumer}}' }],
        }),
        lines({
          title: 'Slow lane', width: 12, unit: 'short', limits: { orange: 50_000, red: 100_000 }, runbook: 'delivery.md#WebhooksShardFillsUp',
          description: 'Deliveries that wait for their own receiver: late, and no reason to scale. The fullest shard is compared with what a shard takes.',
          queries: [
            { expr: `sum(webhooks_consumer_pending_messages${slowLane})`, legend: 'not yet given to anybody, all shards' },
            { expr: `max(webhooks_consumer_ack_pending_messages${slowLane})`, legend: 'in hand or put off, fullest shard' },
          ],
        }),
        lines({
          title: 'Events: routing delay', width: 12, unit: 's', runbook: 'delivery.md#WebhooksRouterBehind',
          description: 'From an event\'s acceptance to its routing on record.',
          queries: quantiles('webhooks_routing_delay_seconds'),
        }),
        lines({
          title: 'Retries waiting', width: 12, unit: 'short', limits: { red: 1_000 }, runbook: 'delivery.md#WebhooksRetriesDoNotShrink',
          description: 'Deliveries that wait for their next attempt, as of the ledger\'s last balance. The schedule is over in seven minutes, so it falls unless as many fail anew.',
          queries: [{ expr: 'max(webhooks_retries_waiting)', legend: 'retries' }],
        }),
      ],
    },
    {
      title: 'NATS: streams',
      panels: [
        lines({
          title: 'Streams: bytes', width: 12, unit: 'bytes', runbook: 'storage.md#WebhooksStreamNearItsLimit',
          description: 'What each stream and bucket takes on the disk, one copy of it.',
          queries: [{ expr: 'max by (stream) (webhooks_stream_bytes)', legend: '{{stream}}' }],
        }),
        lines({
          title: 'Streams: messages', width: 12, unit: 'short',
          description: 'What each stream and bucket holds.',
          queries: [{ expr: 'max by (stream) (webhooks_stream_messages)', legend: '{{stream}}' }],
        }),
        lines({
          title: 'Streams: share of their limit', width: 12, unit: 'percentunit', limits: { orange: 0.8, red: 0.95 }, max: 1, runbook: 'storage.md#WebhooksStreamAlmostFull',
          description: 'Of those that have one. A stream that is full refuses whoever publishes.',
          queries: [{ expr: 'max by (stream) (webhooks_stream_bytes) / max by (stream) (webhooks_stream_max_bytes)', legend: '{{stream}}' }],
        }),
        lines({
          title: 'Storage of the account', width: 12, unit: 'bytes', runbook: 'storage.md#WebhooksStorageNearItsLimit',
          description: 'What all streams take together, each copy counted, and what the account may take, if it has a limit.',
          queries: [
            { expr: 'max(webhooks_jetstream_storage_bytes)', legend: 'used' },
            { expr: 'max(webhooks_jetstream_storage_max_bytes)', legend: 'limit' },
          ],
        }),
      ],
    },
    {
      title: 'Projections',
      panels: [
        lines({
          title: 'Projections: lag', width: 8, unit: 's', limits: { orange: 60, red: 900 }, runbook: 'projection.md#WebhooksProjectionBehind',
          description: 'The age of the oldest message that a projection has not stored, of its slowest replica.',
          queries: [{ expr: 'max by (job, projection) (webhooks_projection_lag_seconds)', legend: '{{job}} {{projection}}' }],
        }),
        lines({
          title: 'Projections: messages behind', width: 8, unit: 'short',
          description: 'How many messages that are, at most: some may be on subjects that the projection leaves out.',
          queries: [{ expr: 'max by (job, projection) (webhooks_projection_lag_messages)', legend: '{{job}} {{projection}}' }],
        }),
        lines({
          title: 'Projections: position', width: 8, unit: 'short',
          description: 'Up to which sequence of its stream each has stored. It climbs, or nothing happens, or it stands still.',
          queries: [{ expr: 'max by (job, projection) (webhooks_projection_position)', legend: '{{job}} {{projection}}' }],
        }),
        lines({
          title: 'Rows added to the log', width: 12, unit: 'rowsps', stacked: true,
          description: 'Rows each second. While the log is rebuilt, tens of thousands.',
          queries: [{ expr: 'sum by (kind) (rate(webhooks_log_rows_total[$__rate_interval]))', legend: '{{kind}}' }],
        }),
        lines({
          title: 'Passed over', width: 12, unit: 'short', limits: { red: 1 },
          description: 'Messages that a projection could not read since its service was started: a newer version may have written them. The error lines name them. No line: none.',
          queries: [{ expr: 'sum by (projection) (webhooks_projection_unreadable_total)', legend: '{{projection}}' }],
        }),
      ],
    },
    {
      title: 'Postgres',
      panels: [
        lines({
          title: 'Connections', width: 12, unit: 'short', runbook: 'api.md#WebhooksApiLatencyBurnFast',
          description: 'By what they do, and the callers that wait for one.',
          queries: [{ expr: 'sum by (job, state) (webhooks_database_connections)', legend: '{{job}} {{state}}' }],
        }),
        lines({
          title: 'Busiest pool', width: 12, unit: 'percentunit', limits: { orange: 0.8, red: 1 }, max: 1,
          description: 'The share of connections that are busy, of what a replica may open.',
          queries: [{ expr: `${perInstance('webhooks_database_connections{state="busy"}')} / ${perInstance('webhooks_database_connections_max')}`, legend: '{{job}} {{instance}}' }],
        }),
      ],
    },
    {
      title: 'The books',
      panels: [
        lines({
          title: 'Events by what became of them', width: 8, unit: 'short',
          description: 'Since the ledger began. What waits should fall to 0 again and again.',
          queries: [{ expr: 'sum by (state) (webhooks_ledger_events)', legend: '{{state}}' }],
        }),
        lines({
          title: 'Deliveries by what became of them', width: 8, unit: 'short',
          description: 'Since the ledger began, those that were sent again by hand included.',
          queries: [{ expr: 'sum by (state) (webhooks_ledger_deliveries)', legend: '{{state}}' }],
        }),
        lines({
          title: 'Unaccounted for, by kind', width: 8, unit: 'short', limits: { red: 1 }, runbook: 'ledger.md#WebhooksUnaccounted',
          description: 'What does not add up. Anything but 0 was lost, or nobody can tell.',
          queries: [{ expr: 'sum by (kind) (webhooks_ledger_unaccounted)', legend: '{{kind}}' }],
        }),
      ],
    },
  ],
});
