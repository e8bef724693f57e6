import { dashboard } from './dashboard.ts';
import { figure, lines, quantiles } from './panels.ts';

const attempts = (selector = '') => `sum(rate(webhooks_attempts_total${selector}[$__rate_interval]))`;

export const deliveryHealth = dashboard({
  uid: 'webhooks-delivery-health',
  title: 'Delivery health',
  description: 'Is it delivering, how late, and what fails. For all accounts together: what concerns one of them is in its log, and in the log lines of the workers.',
  rows: [
    {
      title: 'Is it delivering?',
      panels: [
        figure({
          title: 'In time, three days', width: 4, unit: 'percentunit', limits: { orange: 0.9995, red: 0.999 }, runbook: 'delivery.md#WebhooksDeliveryBurnSlow',
          description: 'The share of deliveries in the normal lane whose first attempt began within 5 s of their event. 99.9 % are promised.',
          queries: [{ expr: '1 - webhooks:delivery_late:ratio_rate3d', legend: 'in time' }],
        }),
        figure({
          title: 'Late, now', width: 4, unit: 'percentunit', limits: { orange: 0.001, red: 0.0144 }, runbook: 'delivery.md#WebhooksDeliveryBurnFast',
          description: 'The share of the last five minutes that began later than that. Nothing while nothing is delivered.',
          queries: [{ expr: 'webhooks:delivery_late:ratio_rate5m', legend: 'late' }],
        }),
        figure({
          title: 'Attempts that succeed', width: 4, unit: 'percentunit', limits: { orange: 0.8, red: 0.5 }, runbook: 'delivery.md#WebhooksNothingSucceeds',
          description: 'Of all receivers together. Some always fail; a sudden fall is our own way out.',
          queries: [{ expr: `${attempts('{outcome="success"}')} / ${attempts()}`, legend: 'succeed' }],
        }),
        figure({
          title: 'Longest wait for a worker', width: 4, unit: 's', limits: { orange: 5, red: 60 }, runbook: 'delivery.md#WebhooksWorkerBehind',
          description: 'The age of the oldest delivery of the normal lane that no worker has taken, in the worst shard.',
          queries: [{ expr: 'max(webhooks_consumer_lag_seconds{stream="DELIVERIES", consumer=~"delivery-worker-n-.+"})', legend: 'wait' }],
        }),
        figure({
          title: 'Retries waiting', width: 4, unit: 'short', limits: { orange: 1_000, red: 10_000 }, runbook: 'delivery.md#WebhooksRetriesDoNotShrink',
          description: 'Deliveries that have failed so far and wait for their next attempt.',
          queries: [{ expr: 'max(webhooks_retries_waiting)', legend: 'wait' }],
        }),
        figure({
          title: 'Unaccounted for', width: 4, unit: 'short', limits: { red: 1 }, runbook: 'ledger.md#WebhooksUnaccounted',
          description: 'Events and deliveries that do not add up by the ledger. Anything but 0 was lost, or nobody can tell.',
          queries: [{ expr: 'sum(webhooks_ledger_unaccounted)', legend: 'unaccounted for' }],
        }),
      ],
    },
    {
      title: 'How much',
      panels: [
        lines({
          title: 'Events', width: 8, unit: 'eps', stacked: true,
          description: 'Events that routers have routed each second: matched by at least one endpoint, by none, or put aside.',
          queries: [
            { expr: 'sum by (matched) (rate(webhooks_events_routed_total[$__rate_interval]))', legend: 'matched: {{matched}}' },
            { expr: 'sum(rate(webhooks_dead_letters_total{job="event-router"}[$__rate_interval]))', legend: 'put aside' },
          ],
        }),
        lines({
          title: 'Attempts by outcome', width: 8, unit: 'reqps', stacked: true,
          description: 'Requests each second: success, retrying (failed, and tried again later), failed (the last attempt).',
          queries: [{ expr: 'sum by (outcome) (rate(webhooks_attempts_total[$__rate_interval]))', legend: '{{outcome}}' }],
        }),
        lines({
          title: 'Deliveries by how they ended', width: 8, unit: 'ops', stacked: true,
          description: 'Deliveries that came to their end each second. What failed, the account can only send again by hand.',
          queries: [{ expr: 'sum by (state) (rate(webhooks_delivery_duration_seconds_count[$__rate_interval]))', legend: '{{state}}' }],
        }),
      ],
    },
    {
      title: 'How late',
      panels: [
        lines({
          title: 'How late deliveries begin: normal lane', width: 12, unit: 's', limits: { red: 5 }, runbook: 'delivery.md#WebhooksDeliveryBurnFast',
          description: 'From the event\'s acceptance to the start of the first attempt: what is ours of the time. The dashed line is the objective.',
          queries: quantiles('webhooks_delivery_delay_seconds', { selector: '{lane="normal"}' }),
        }),
        lines({
          title: 'Share that begins late', width: 12, unit: 'percentunit', limits: { red: 0.0144 }, runbook: 'delivery.md#WebhooksDeliveryBurnFast',
          description: 'More than 5 s, over several windows. An alert looks at pairs of them: a long one for how much, a short one for whether it goes on.',
          queries: ['5m', '1h', '6h', '1d', '3d'].map((window) => ({ expr: `webhooks:delivery_late:ratio_rate${window}`, legend: window })),
        }),
        lines({
          title: 'How late deliveries begin: slow lane', width: 12, unit: 's',
          description: 'Deliveries that were handed over since their endpoint is slow, fails, or has a rate limit. They wait for it, and are in no objective.',
          queries: quantiles('webhooks_delivery_delay_seconds', { selector: '{lane="slow"}', of: [0.5, 0.95] }),
        }),
        lines({
          title: 'From event to end', width: 12, unit: 's',
          description: 'With the receiver\'s part of the time, and retries: about seven minutes where all four attempts fail.',
          queries: quantiles('webhooks_delivery_duration_seconds', { by: ['state'], of: [0.5, 0.95] }),
        }),
      ],
    },
    {
      title: 'What fails',
      panels: [
        lines({
          title: 'Attempts by what came back', width: 12, unit: 'reqps', stacked: true, runbook: 'delivery.md#WebhooksNothingSucceeds',
          description: 'The class of the status, or why there was no answer. Many dns-failed, connection-failed or tls-failed at once are our own way out.',
          queries: [{ expr: 'sum by (status) (rate(webhooks_attempts_total[$__rate_interval])) > 0', legend: '{{status}}' }],
        }),
        lines({
          title: 'Attempt duration', width: 12, unit: 's', limits: { red: 10 },
          description: 'How long receivers take, from resolving the name to the last byte. At 10 s an attempt ends as a timeout.',
          queries: quantiles('webhooks_attempt_duration_seconds'),
        }),
        lines({
          title: 'Circuits open', width: 8, unit: 'short',
          description: 'Endpoints whose deliveries a worker has sent to the slow lane since they fail. The lines "circuit opened" in its log name them.',
          queries: [{ expr: 'sum by (instance) (webhooks_circuits_open)', legend: '{{instance}}' }],
        }),
        lines({
          title: 'To the slow lane', width: 8, unit: 'ops',
          description: 'Deliveries handed over each second, and how often one of the slow lane was put off until its endpoint\'s turn.',
          queries: [
            { expr: 'sum(rate(webhooks_deliveries_diverted_total[$__rate_interval]))', legend: 'handed over' },
            { expr: 'sum(rate(webhooks_deliveries_put_off_total[$__rate_interval]))', legend: 'put off' },
          ],
        }),
        lines({
          title: 'Deliveries in hand', width: 8, unit: 'short',
          description: 'Of all workers: in flight or next in turn, and of these those that wait for their endpoint\'s pace, or its rate. A worker has 256 places, and 64 in the slow lane.',
          queries: [
            { expr: 'sum(webhooks_deliveries_in_flight)', legend: 'in hand' },
            { expr: 'sum(webhooks_deliveries_in_turn)', legend: 'wait for their endpoint' },
            { expr: 'sum(webhooks_deliveries_in_rate_turn)', legend: 'wait for its rate' },
          ],
        }),
        lines({
          title: 'Switched off by the system', width: 8, unit: 'short',
          description: 'Endpoints that were switched off within an hour: failing for days, or gone. Many at once are our own way out.',
          queries: [{ expr: 'sum by (reason) (increase(webhooks_endpoints_auto_disabled_total[1h]))', legend: '{{reason}}' }],
        }),
        lines({
          title: 'Given up', width: 8, unit: 'short',
          description: 'Deliveries that were cancelled within an hour, since their endpoint was switched off.',
          queries: [{ expr: 'sum by (reason) (increase(webhooks_deliveries_cancelled_total[1h]))', legend: '{{reason}}' }],
        }),
        lines({
          title: 'Dead letters', width: 8, unit: 'short', limits: { red: 1 }, runbook: 'dead-letters.md#WebhooksEventsPutAside',
          description: 'What was put aside within an hour: events that are none (event-router), deliveries that can\'t be read (delivery-worker).',
          queries: [{ expr: 'sum by (job, reason) (increase(webhooks_dead_letters_total[1h]))', legend: '{{job}} {{reason}}' }],
        }),
      ],
    },
  ],
});
