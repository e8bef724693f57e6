import { globSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { workspaceRoot, type PrometheusServer } from '@cepro/testkit';

const monitoring = `${workspaceRoot}/monitoring/`;
const read = (file: string) => readFileSync(`${monitoring}${file}`, 'utf8');

/** A rule as it stands in `monitoring/rules`. */
export interface MonitoringRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
}

interface RuleFile { readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly MonitoringRule[] }[] }

const ruleFiles = () => globSync('rules/*.yaml', { cwd: monitoring }).sort().map((file) => ({ name: file.replace('rules/', ''), rules: parse(read(file)) as RuleFile }));

/** All rules, as they are written. */
export function monitoringRules(): MonitoringRule[] {
  return ruleFiles().flatMap(({ rules }) => rules.groups.flatMap(({ rules: each }) => each));
}

/**
 * Prometheus' configuration beside compose, its jobs at other addresses, and its rules with it. All of it sixty times as fast, but for what
 * expressions say: what is to hold for a minute before somebody is told has to hold for a second.
 */
export function monitoringAt(targets: Readonly<Record<string, string>>): { config: string; files: Record<string, string> } {
  const { scrape_configs: jobs } = parse(read('prometheus.yaml')) as { scrape_configs: readonly { readonly job_name: string }[] };
  const files = ruleFiles();
  return {
    config: stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: files.map(({ name }) => name),
      scrape_configs: jobs.map(({ job_name: job }) => ({ job_name: job, static_configs: [{ targets: targets[job] === undefined ? [] : [targets[job]] }] })),
    }),
    files: Object.fromEntries(files.map(({ name, rules }) => [name, stringify(sixtyTimes(rules))])),
  };
}

function sixtyTimes({ groups }: RuleFile): RuleFile {
  return { groups: groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => ({ ...rule, ...(rule.for && { for: rule.for.replace(/m$/, 's') }) })) })) };
}

/** A query of a dashboard's panel. */
export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
}

interface DashboardJson {
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[] };
}

export function dashboardsOf(): DashboardJson[] {
  return globSync('grafana/dashboards/*.json', { cwd: monitoring }).sort().map((file) => JSON.parse(read(file)) as DashboardJson);
}

/** Every query of every panel, with its variables filled in as Grafana would. */
export function panelQueries(variables: Readonly<Record<string, string>>): PanelQuery[] {
  return dashboardsOf().flatMap(({ title, panels }) => panels.flatMap(({ title: panel, targets = [] }) =>
    targets.map(({ expr }) => ({ dashboard: title, panel, expr: expr.replaceAll(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole) }))));
}

/** What an expression asks for, each as a selector of its own, by Prometheus' own parser. */
export async function selectorsOf(prometheus: PrometheusServer, expression: string): Promise<string[]> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { matchers, name } = node as { matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[]; name?: string };
    if (Array.isArray(matchers)) {
      const all = matchers.some((matcher) => matcher.name === '__name__') ? matchers : [{ name: '__name__', type: '=', value: name! }, ...matchers];
      found.add(`{${all.map((matcher) => `${matcher.name}${matcher.type}${JSON.stringify(matcher.value)}`).join(', ')}}`);
    }
    Object.values(node).forEach(walk);
  };
  walk(await prometheus.api('parse_query', { query: expression }));
  return [...found];
}
