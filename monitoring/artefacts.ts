import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { dashboards } from './dashboards/index.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** What is made by `npm run dashboards`: the text of each file, by its path in this folder. */
export function artefacts(): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(dashboards).map(([name, dashboard]) => [`grafana/dashboards/${name}.json`, `${JSON.stringify(dashboard, undefined, 2)}\n`] as const),
    ['prometheus-rule.yaml', prometheusRule()],
  ]);
}

/** All files of rules as one object for the Prometheus operator. */
function prometheusRule(): string {
  const files = globSync('rules/*.yaml', { cwd: folder }).sort();
  const groups = files.flatMap((file) => (parse(readFileSync(`${folder}${file}`, 'utf8')) as { groups: unknown[] }).groups);
  const manifest = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'webhooks' }, spec: { groups } };
  return `# Made from the files in rules by "npm run dashboards": change those.\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
