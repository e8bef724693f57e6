import { describe, expect, it } from '@jest/globals';
import { conclusion, heading, reportJson, type Outcome, type Report } from './report.ts';

const outcome: Outcome = {
  name: 'worker', title: 'One worker', seconds: 12.34, othersPercent: 41.6,
  figures: [
    { name: 'deliveries/s', value: 30, unit: '', reference: { name: 'bare', value: 40 }, reach: { of: 'ratio', atLeast: 0.8 } },
    { name: 'p95', value: 3, unit: 'ms', reach: { of: 'value', atMost: 15 } },
    { name: 'late', value: 0, unit: '' },
  ],
};

describe('a report', () => {
  it('has every ratio, and whether a figure is what it is to be', () => {
    const report = { form: 'short', scenarios: [outcome] } as unknown as Report;
    const { scenarios } = JSON.parse(reportJson(report)) as { scenarios: { figures: { ratio: unknown; reached: unknown }[] }[] };
    expect(scenarios[0]!.figures.map(({ ratio, reached }) => [ratio, reached])).toEqual([[0.75, false], [null, true], [null, null]]);
  });

  it('tells a person how long it took, how busy the machine was and what was reached', () => {
    expect(heading(outcome)).toBe('worker: One worker (12.3 s; others used 42 % of this machine)');
    expect(conclusion([outcome, outcome])).toBe('2 of 4 figures reach what they are to reach.');
  });
});
