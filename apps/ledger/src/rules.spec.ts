import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import './keep/balance.telemetry.ts';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');

describe('the alerting rules', () => {
  const rules = read('monitoring/rules/ledger.yaml');
  const runbook = read('docs/runbooks/ledger.md');

  it('ask for nothing that the ledger does not expose', () => {
    const asked = [...rules.matchAll(/webhooks_\w+/g)].map(([name]) => name);
    expect(asked).not.toEqual([]);
    for (const name of new Set(asked)) expect(register.getSingleMetric(name)).toBeDefined();
  });

  it('lead to a section of the runbook each', () => {
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    expect([...rules.matchAll(/runbook: docs\/runbooks\/ledger\.md#(\w+)/g)].map(([, anchor]) => anchor)).toEqual(alerts.map((name) => name.toLowerCase()));
    for (const name of alerts) expect(runbook).toContain(`## ${name}\n`);
  });
});
