import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { defaultTopology, topology } from '@cepro/jetstream';
import { promtoolBinary } from '@cepro/testkit';
import { alerts, allRules, groupsOf, monitoring, read, ruleFiles } from './rules.ts';

const execute = promisify(execFile);
// Not beside the rules: Prometheus reads whatever is there.
const tests = globSync('test/rules/*.test.yaml', { cwd: monitoring }).sort();
/** The file of rules that a file of tests is for: several may be for one, as `delivery.test.yaml` and `delivery.days.test.yaml`. */
const testedBy = (file: string) => file.replace(/^test\/(rules\/[^.]+)\..*$/, '$1.yaml');

interface RuleTests {
  readonly group_eval_order?: readonly string[];
  readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[] }[];
}

describe('the alerting rules', () => {
  it('have tests each', () => {
    expect(ruleFiles).not.toEqual([]);
    expect(new Set(tests.map(testedBy))).toEqual(new Set(ruleFiles));
  });

  it.each(ruleFiles)('in %s are what Prometheus reads', async (file) => {
    await execute(await promtoolBinary(), ['check', 'rules', '--lint=all', '--lint-fatal', file], { cwd: monitoring });
  });

  it.each(tests)('fire when they shall, and not otherwise: %s', async (file) => {
    await execute(await promtoolBinary(), ['test', 'rules', file], { cwd: monitoring });
  });

  it.each(alerts.map(({ alert, file }) => [alert, file]))('%s is shown firing, and shown not firing', (alert, file) => {
    const shown = tests.filter((test) => testedBy(test) === file).flatMap((test) => (parse(read(test)) as RuleTests).tests)
      .flatMap(({ alert_rule_test: cases }) => cases).filter(({ alertname }) => alertname === alert);
    expect(new Set(shown.map(({ exp_alerts: expected }) => expected.length > 0))).toEqual(new Set([true, false]));
  });

  it.each(tests)('are tested in an order that is always the same: %s', (file) => {
    // promtool evaluates groups in any order, so an alert may see what was recorded now, or a minute ago.
    const groups = groupsOf(testedBy(file));
    const order = (parse(read(file)) as RuleTests).group_eval_order;
    if (groups.some(({ rules }) => rules.some(({ record }) => record !== undefined))) expect(order).toEqual(groups.map(({ name }) => name));
  });

  it('have a name of their own each, and say how bad it is and what it is', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const { alert, labels, annotations } of alerts) {
      expect({ alert, severity: labels?.['severity'], summary: annotations?.['summary'] }).toEqual({ alert, severity: expect.stringMatching(/^(page|ticket)$/), summary: expect.stringMatching(/.{20}/) });
    }
  });

  it('record nothing that no alert and no dashboard asks for', () => {
    const dashboards = globSync('grafana/dashboards/*.json', { cwd: monitoring }).map(read).join('\n');
    const asked = `${alerts.map(({ expr }) => expr).join('\n')}\n${dashboards}`;
    for (const { record } of allRules) if (record !== undefined) expect(asked).toMatch(new RegExp(`${record}\\b`));
  });

  it('call a shard half full when it is', () => {
    const { expr } = alerts.find(({ alert }) => alert === 'WebhooksShardFillsUp')!;
    const limits = Object.fromEntries([...expr.matchAll(/delivery-worker-(n|s)-.*?> (\d+)/g)].map(([, lane, limit]) => [lane, 2 * Number(limit)]));
    const declared = topology(defaultTopology).consumers.flatMap(({ config }) => {
      const lane = /^delivery-worker-(n|s)-/.exec(config.durable_name)?.[1];
      return lane === undefined ? [] : [[lane, config.max_ack_pending]];
    });
    expect(limits).toEqual(Object.fromEntries(declared));
  });
});

describe('the runbooks', () => {
  it.each(alerts)('have a section for $alert, where its annotation leads', ({ alert, file, annotations }) => {
    const page = `docs/runbooks/${path.basename(file, '.yaml')}.md`;
    expect(annotations?.['runbook']).toBe(`${page}#${alert.toLowerCase()}`);
    const section = read(`../${page}`).split(/^## /m).find((text) => text.startsWith(`${alert}\n`));
    expect(section).toMatch(/\*\*What it means\.\*\*/);
  });

  it('have no section for what is no alert', () => {
    const pages = new Set(ruleFiles.map((file) => `docs/runbooks/${path.basename(file, '.yaml')}.md`));
    const sections = [...pages].flatMap((page) => [...read(`../${page}`).matchAll(/^## (Webhooks\w+)$/gm)].map(([, name]) => name));
    expect(sections.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('and whatever else is written call alerts by their names', () => {
    const pages = globSync(['docs/**/*.md', 'k8s/**/*.md', 'apps/*/README.md'], { cwd: `${monitoring}..` });
    const named = pages.flatMap((page) => [...read(`../${page}`).matchAll(/\b(Webhooks[A-Z]\w+)/g)].map(([, name]) => name!));
    const known = new Set(alerts.map(({ alert }) => alert));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(known.size);
  });

  it('list every alert with its severity', () => {
    const rows = [...read('../docs/runbooks/README.md').matchAll(/^\| \[`(\w+)`\]\((\S+)\) \| (\w+) \|/gm)].map(([, alert, link, severity]) => ({ alert, link, severity }));
    const wanted = alerts.map(({ alert, file, labels }) => ({ alert, link: `${path.basename(file, '.yaml')}.md#${alert.toLowerCase()}`, severity: labels?.['severity'] }));
    const byName = (a: { alert?: string | undefined }, b: { alert?: string | undefined }) => (a.alert ?? '').localeCompare(b.alert ?? '');
    expect(rows.sort(byName)).toEqual(wanted.sort(byName));
  });
});
