import { choice, dashboard } from './dashboard.ts';
import { figure, lines, quantiles } from './panels.ts';

const chosen = 'job=~"$job", instance=~"$instance"';
const requests = (selector: string) => `webhooks_api_request_duration_seconds_count{${chosen}${selector}}`;

export const service = dashboard({
  uid: 'webhooks-service',
  title: 'Service',
  description: 'The processes: are they ready, what do they need, and how do the APIs answer.',
  variables: [
    choice('job', 'Service', 'label_values(webhooks_ready, job)'),
    choice('instance', 'Instance', 'label_values(webhooks_ready{job=~"$job"}, instance)'),
  ],
  rows: [
    {
      title: 'Is it there?',
      panels: [
        figure({
          title: 'Ready', width: 8, unit: 'short', limits: { orange: 2, red: 1 }, runbook: 'services.md#WebhooksInstanceNotReady',
          description: 'How many instances of each service are ready. One is enough for the ledger, whose figure is orange.',
          queries: [{ expr: `sum by (job) (webhooks_ready{${chosen}})`, legend: '{{job}}' }],
        }),
        figure({
          title: 'Not ready', width: 8, unit: 'short', limits: { red: 1 }, runbook: 'services.md#WebhooksInstanceNotReady',
          description: 'How many say that they wait for something, or can\'t be asked. /health/ready says for what.',
          queries: [{ expr: `sum by (job) (1 - (webhooks_ready{${chosen}} or up{${chosen}}))`, legend: '{{job}}' }],
        }),
        figure({
          title: 'Running for', width: 8, unit: 's',
          description: 'How long the youngest instance of each service has been running. Short again and again: it is killed, or ends.',
          queries: [{ expr: `time() - max by (job) (process_start_time_seconds{${chosen}})`, legend: '{{job}}' }],
        }),
      ],
    },
    {
      title: 'What it needs',
      panels: [
        lines({
          title: 'CPU', width: 12, unit: 'short', limits: { red: 1 },
          description: 'Cores. A service has one for its JavaScript; what is over one is garbage collection, compression and TLS.',
          queries: [{ expr: `rate(process_cpu_seconds_total{${chosen}}[$__rate_interval])`, legend: '{{job}} {{instance}}' }],
        }),
        lines({
          title: 'Event loop delay', width: 12, unit: 's', limits: { orange: 0.1, red: 1 },
          description: 'How late timers are, the 99th percentile. About 0.01 when all is well; more is a process that has no time, or work that blocks it.',
          queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${chosen}}`, legend: '{{job}} {{instance}}' }],
        }),
        lines({
          title: 'Memory', width: 12, unit: 'bytes',
          description: 'What the kernel counts, to be compared with the limit of the container.',
          queries: [{ expr: `process_resident_memory_bytes{${chosen}}`, legend: '{{job}} {{instance}}' }],
        }),
        lines({
          title: 'Heap', width: 12, unit: 'bytes',
          description: 'What JavaScript uses, and buffers outside of it. The heap may take three quarters of the container\'s limit.',
          queries: [
            { expr: `nodejs_heap_size_used_bytes{${chosen}}`, legend: '{{job}} {{instance}} heap' },
            { expr: `nodejs_external_memory_bytes{${chosen}}`, legend: '{{job}} {{instance}} buffers' },
          ],
        }),
        lines({
          title: 'Garbage collection', width: 12, unit: 'percentunit', limits: { orange: 0.1, red: 0.25 },
          description: 'The share of time spent on it, by kind. Much of "major": the heap is too small.',
          queries: [{ expr: `sum by (job, instance, kind) (rate(nodejs_gc_duration_seconds_sum{${chosen}}[$__rate_interval]))`, legend: '{{job}} {{instance}} {{kind}}' }],
        }),
        lines({
          title: 'Open files and connections', width: 12, unit: 'percentunit', limits: { orange: 0.7, red: 0.9 }, max: 1,
          description: 'The share of file descriptors in use, of what the process may open.',
          queries: [{ expr: `process_open_fds{${chosen}} / process_max_fds{${chosen}}`, legend: '{{job}} {{instance}}' }],
        }),
      ],
    },
    {
      title: 'API: config-api and log-query',
      panels: [
        lines({
          title: 'Requests by status', width: 12, unit: 'reqps', stacked: true,
          description: 'Requests each second, by the class of their answer; aborted: the caller went away before.',
          queries: [{ expr: `sum by (job, status) (rate(${requests('')}[$__rate_interval]))`, legend: '{{job}} {{status}}' }],
        }),
        lines({
          title: 'Share of errors', width: 12, unit: 'percentunit', limits: { orange: 0.001, red: 0.0144 }, runbook: 'api.md#WebhooksApiErrorsBurnFast',
          description: 'Answers 5xx. One in a thousand may be, over a month; the red line is what pages.',
          queries: ['5m', '1h', '3d'].map((window) => ({
            expr: `webhooks:api_errors:ratio_rate${window}{job=~"$job"} or 0 * webhooks:api_slow:ratio_rate${window}{job=~"$job"}`, legend: `{{job}} ${window}`,
          })),
        }),
        lines({
          title: 'Duration', width: 12, unit: 's', limits: { red: 1 }, runbook: 'api.md#WebhooksApiLatencyBurnFast',
          description: 'How long answers take, Send Tests left out: those wait for their receiver. The dashed line is the objective.',
          queries: quantiles('webhooks_api_request_duration_seconds', { selector: `{${chosen}, route!~".*/test"}`, by: ['job'] }),
        }),
        lines({
          title: 'Share of slow answers', width: 12, unit: 'percentunit', limits: { orange: 0.01, red: 0.144 }, runbook: 'api.md#WebhooksApiLatencyBurnSlow',
          description: 'Answers that took more than a second. One in a hundred may, over a month; the red line is what pages.',
          queries: ['5m', '1h', '3d'].map((window) => ({ expr: `webhooks:api_slow:ratio_rate${window}{job=~"$job"}`, legend: `{{job}} ${window}` })),
        }),
        lines({
          title: 'Requests by route', width: 12, unit: 'reqps',
          description: 'Which calls are made.',
          queries: [{ expr: `sum by (method, route) (rate(${requests('')}[$__rate_interval])) > 0`, legend: '{{method}} {{route}}' }],
        }),
        lines({
          title: 'Slowest routes', width: 12, unit: 's',
          description: 'The 95th percentile of the five slowest calls. A Send Test is as slow as its receiver.',
          queries: [{
            expr: `topk(5, histogram_quantile(0.95, sum by (le, method, route) (rate(webhooks_api_request_duration_seconds_bucket{${chosen}}[$__rate_interval]))))`,
            legend: '{{method}} {{route}}',
          }],
        }),
      ],
    },
  ],
});
