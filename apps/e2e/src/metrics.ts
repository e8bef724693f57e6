import { readFileSync } from 'node:fs';
import { workspaceRoot, type ServiceProcess } from '@cepro/testkit';

/** A metric: by its label, each value that it has. */
export interface Metric {
  readonly type: string;
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** A metric as the table in `docs/metrics.md` has it. Values may have a `*` in them. */
export interface DocumentedMetric extends Metric {
  readonly name: string;
  /** `all`, or their names. */
  readonly services: readonly string[];
}

/** The rows of the tables that look like `| name (as code) | type | services | labels | … |`. */
export function documentedMetrics(text = readFileSync(`${workspaceRoot}/docs/metrics.md`, 'utf8')): DocumentedMetric[] {
  return text.split('\n').flatMap((line) => {
    const [, name, type, services, labels] = /^\| `(webhooks_\w+)` \| (\w+) \| ([^|]+) \| ([^|]*)\|/.exec(line) ?? [];
    if (!name || !type || !services) return [];
    const described = (labels ?? '').split(';').map((part) => [...part.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)).filter((codes) => codes.length > 0);
    return [{ name, type, services: services.split(',').map((each) => each.trim()), labels: new Map(described.map(([label, ...values]) => [label!, values])) }];
  });
}

/** What a service shows, by the metrics' names; a histogram's bounds are no label of its own. */
export async function exposedMetrics({ managementPort }: ServiceProcess): Promise<Map<string, Metric>> {
  return readMetrics(await (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text());
}

/** Reads the text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function readMetrics(text: string): Map<string, Metric> {
  const metrics = new Map<string, { type: string; labels: Map<string, string[]> }>();
  for (const line of text.split('\n')) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared && type) metrics.set(declared, { type, labels: new Map() });
    if (line === '' || line.startsWith('#')) continue;
    const [, sample, labels = ''] = /^([^{ ]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const metric = metrics.get(sample!) ?? metrics.get(sample!.replace(/_(bucket|sum|count)$/, ''));
    if (!metric) throw new Error(`a sample of no metric: ${line}`);
    for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (label === 'le' && metric.type === 'histogram') continue;
      const values = metric.labels.get(label!) ?? [];
      if (!values.includes(value!)) metric.labels.set(label!, [...values, value!]);
    }
  }
  return metrics;
}

/** The figure of one series, written as it is shown, such as `webhooks_attempts_total{outcome="success",status="2xx"}`; `undefined` if it is not there. */
export async function figureOf({ managementPort }: ServiceProcess, series: string): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${managementPort}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}
