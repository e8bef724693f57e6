import { globSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { artefacts } from '../artefacts.ts';
import { dashboards } from '../dashboards/index.ts';
import { monitoring, read, ruleFiles } from './rules.ts';

interface Target { readonly refId: string; readonly expr: string; readonly legendFormat: string; readonly datasource: unknown }

interface AnyPanel {
  readonly id: number; readonly type: string; readonly title: string; readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown; readonly targets?: readonly Target[];
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly links?: readonly { readonly url: string }[];
}

interface AnyDashboard {
  readonly uid: string; readonly title: string; readonly panels: readonly AnyPanel[];
  readonly links: readonly { readonly url?: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[] };
}

const all = Object.keys(dashboards).map((name) => [name, JSON.parse(read(`grafana/dashboards/${name}.json`)) as AnyDashboard] as const);
const shown = ({ panels }: AnyDashboard) => panels.filter(({ type }) => type !== 'row');

describe('what is made', () => {
  it.each([...artefacts()])('%s is what the code makes: after a change run "npm run dashboards"', (file, text) => {
    expect(read(file)).toBe(text);
  });

  it('is all that there is', () => {
    const made = [...artefacts().keys()].filter((file) => file.startsWith('grafana/')).map((file) => file.replace('grafana/dashboards/', ''));
    expect(readdirSync(`${monitoring}grafana/dashboards`).sort()).toEqual(made.sort());
    expect((parse(read('kustomization.yaml')) as { configMapGenerator: { files: string[] }[] }).configMapGenerator.flatMap(({ files }) => files).sort()).toEqual(made.map((file) => `grafana/dashboards/${file}`).sort());
  });
});

describe.each(all)('the dashboard %s', (_name, dashboard) => {
  it('says of each panel what it shows, in which unit, and what each line is', () => {
    for (const { title, description, fieldConfig, targets = [] } of shown(dashboard)) {
      expect({ title, description, unit: fieldConfig.defaults.unit }).toEqual({ title: expect.stringMatching(/./), description: expect.stringMatching(/.{20}/), unit: expect.stringMatching(/./) });
      expect(targets.length).toBeGreaterThan(0);
      for (const { legendFormat } of targets) expect(legendFormat).not.toBe('');
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
    const titles = shown(dashboard).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('asks the data source that was chosen, and knows each variable that it names', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    for (const { datasource, targets = [] } of shown(dashboard)) {
      expect([datasource, ...targets.map((target) => target.datasource)]).toEqual(Array(1 + targets.length).fill({ type: 'prometheus', uid: '${datasource}' }));
    }
    const named = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!).filter((name) => !name.startsWith('__'));
    expect(new Set(named.filter((name) => !names.includes(name)))).toEqual(new Set());
  });

  it('splits nothing by who it is: by no account, endpoint or delivery', () => {
    const known = ['consumer', 'instance', 'job', 'kind', 'lane', 'le', 'matched', 'method', 'outcome', 'projection', 'reason', 'route', 'state', 'status', 'stream'];
    const expressions = shown(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const asked = expressions.flatMap((expr) => [...[...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label!), ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(/,\s*/))]);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((label) => !known.includes(label))).toEqual([]);
  });

  it('has no panel over another, and none that is wider than the page', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos: { x, w } } of dashboard.panels) expect(x + w).toBeLessThanOrEqual(24);
  });

  it('leads to runbooks that exist, and to sections of them', () => {
    const urls = [...dashboard.links, ...dashboard.panels.flatMap(({ links = [] }) => links)].flatMap(({ url }) => (url ? [url] : []));
    expect(urls.length).toBeGreaterThan(1);
    for (const url of urls) {
      const [, page, anchor] = /^\$\{runbooks\}\/(\S+\.md)(?:#(\w+))?$/.exec(url)!;
      const sections = [...read(`../docs/runbooks/${page}`).matchAll(/^## (\w+)$/gm)].map(([, title]) => title!.toLowerCase());
      if (anchor !== undefined) expect(sections).toContain(anchor);
    }
  });
});

describe('beside compose', () => {
  it('Grafana finds the data source and the dashboards', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as { datasources: { type: string; url: string; isDefault: boolean }[] };
    expect(datasources).toEqual([expect.objectContaining({ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true })]);
    const { providers } = parse(read('grafana/provisioning/dashboards/webhooks.yaml')) as { providers: { type: string; allowUiUpdates: boolean }[] };
    expect(providers).toEqual([expect.objectContaining({ type: 'file', allowUiUpdates: false })]);
  });

  it('it counts rates over as much as is scraped', () => {
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as { datasources: { jsonData: { timeInterval: string } }[] };
    expect(datasources[0]!.jsonData.timeInterval).toBe((parse(read('prometheus.yaml')) as { global: { scrape_interval: string } }).global.scrape_interval);
    expect(globSync('rules/*.yaml', { cwd: monitoring }).sort()).toEqual(ruleFiles);
  });
});
