import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { workspaceRoot } from '@cepro/testkit';
import { buildOverlay, ofKind, type Manifest } from './manifests.ts';

interface RuleSpec { readonly spec?: { readonly groups: readonly unknown[] } }

const folder = `${workspaceRoot}/monitoring`;

describe('in production', () => {
  let production: readonly Manifest[];
  beforeAll(async () => { production = await buildOverlay('production'); });

  it('the Prometheus operator gets every rule that is tested, word for word', () => {
    const tested = globSync('rules/*.yaml', { cwd: folder }).sort().flatMap((file) => (parse(readFileSync(`${folder}/${file}`, 'utf8')) as { groups: unknown[] }).groups);
    expect(tested).not.toEqual([]);
    expect(ofKind<RuleSpec>(production, 'PrometheusRule').flatMap(({ spec }) => spec.groups)).toEqual(tested);
  });

  it('Grafana gets every dashboard, by the label that its sidecar looks for', () => {
    const files = globSync('grafana/dashboards/*.json', { cwd: folder }).map((file) => [file.replace('grafana/dashboards/', ''), readFileSync(`${folder}/${file}`, 'utf8')]);
    const maps = production.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.['grafana_dashboard'] === '1');
    expect(maps.length).toBe(3);
    expect(Object.assign({}, ...maps.map(({ data }) => data))).toEqual(Object.fromEntries(files));
  });

  it('none of them is larger than what "kubectl apply" notes beside an object', () => {
    for (const manifest of production) expect([manifest.metadata.name, Buffer.byteLength(JSON.stringify(manifest)) < 262_144]).toEqual([manifest.metadata.name, true]);
  });
});
