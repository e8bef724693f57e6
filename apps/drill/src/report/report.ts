import { findingTitles, type Finding } from '../audit/audit.ts';
import { nameOf } from '../audit/evidence.ts';
import type { Cause } from '../audit/repeats.ts';
import type { PhaseResult } from '../phase.ts';

const causeTitles: Readonly<Record<Cause, string>> = {
  killed: 'in flight when its worker was killed',
  stopped: 'in flight when its worker was stopped for longer than ack_wait',
  'cut off': 'in flight while NATS was away',
  forgotten: 'handed out or settled in the last moments of a server that was killed',
  'given twice': 'given to two workers by a NATS that was away for longer than ack_wait',
};

export interface Report {
  readonly seed: number;
  readonly form: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly phases: readonly PhaseResult[];
}

/** How many findings there are. Nothing else makes a drill fail. */
export function findingCount(phases: readonly PhaseResult[]): number {
  return sum(phases.flatMap(({ audit, changesLost, unaccounted, incidents }) => [...Object.values(audit.findings), changesLost, unaccounted, incidents].map(({ length }) => length)));
}

/** The result as a table, a column for each phase. */
export function table(phases: readonly PhaseResult[]): string {
  const row = (title: string, value: (phase: PhaseResult) => number): string[] => [title, ...phases.map((phase) => value(phase).toLocaleString('en'))];
  const sections: [string, string[][]][] = [
    ['faults', [row('kill -9', ({ faults }) => faults.kill), row('stop and continue', ({ faults }) => faults.pause), row('gentle restart', ({ faults }) => faults.restart)]],
    ['load', [
      row('events acknowledged', ({ audit }) => audit.counts.published),
      row('tries to publish that failed', ({ publishRetries }) => publishRetries),
      row('deliveries', ({ audit }) => audit.counts.deliveries),
      row('of them accepted', ({ audit }) => audit.counts.succeeded),
      row('of them refused four times', ({ audit }) => audit.counts.failed),
      row('attempts on record', ({ audit }) => audit.counts.attempts),
      row('of them without an answer', ({ audit }) => audit.counts.unanswered),
      row('requests that arrived', ({ audit }) => audit.counts.requests),
    ]],
    ['attempts doubled, and why', Object.entries(causeTitles).map(([cause, title]) => row(title, ({ audit }) => audit.explained[cause as Cause].length))],
    ['findings', [
      ...Object.entries(findingTitles).map(([finding, title]) => row(title, ({ audit }) => audit.findings[finding as Finding].length)),
      row('acknowledged changes of endpoints that are gone', ({ changesLost }) => changesLost.length),
      row('ledger: not everything accounted for', ({ unaccounted }) => unaccounted.length),
      row('services that ended by themselves, and other incidents', ({ incidents }) => incidents.length),
    ]],
  ];
  const heads = ['', ...phases.map(({ name }) => name)];
  const all = [heads, ...sections.flatMap(([, rows]) => rows)];
  const widths = heads.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd();
  return [line(heads), ...sections.flatMap(([title, rows]) => [title, ...rows.map(line)])].join('\n');
}

/** The line that ends it all. */
export function verdict(seed: number, phases: readonly PhaseResult[]): string {
  const kills = sum(phases.map(({ faults }) => faults.kill));
  const count = findingCount(phases);
  const what = count === 0 ? 'nothing lost, nothing doubled without a reason' : `${count} ${count === 1 ? 'finding' : 'findings'}`;
  return `Seed ${seed}, ${kills} kills: ${what}.`;
}

const mostNamed = 5;

/** What is to be known of findings beside their number, a line each. */
export function details(phases: readonly PhaseResult[]): string[] {
  return phases.flatMap(({ name: phase, audit, changesLost, unaccounted, incidents }) => [
    ...Object.entries(audit.findings).flatMap(([finding, names]) => named(`${phase}: ${findingTitles[finding as Finding]}`, names)),
    ...named(`${phase}: acknowledged changes of endpoints that are gone`, changesLost),
    ...[...unaccounted, ...incidents].map((incident) => `${phase}: ${incident}`),
  ]);
}

function named(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return [`${title}: ${names.slice(0, mostNamed).join(', ')}${more}`];
}

/** The report for programs: the result, and of whatever was found or came twice all that is known. */
export function reportJson({ phases, ...report }: Report): string {
  const told = phases.map(({ evidence, ...phase }) => {
    const names = new Set<string>([...Object.values(phase.audit.findings), ...Object.values(phase.audit.explained)].flat());
    const concerns = (thing: { readonly deliveryId: string; readonly attempt: number }) => names.has(thing.deliveryId) || names.has(nameOf(thing));
    return { ...phase, requests: evidence.requests.filter(concerns), attempts: evidence.attempts.filter(concerns), cuts: evidence.cuts };
  });
  return `${JSON.stringify({ ...report, findings: findingCount(phases), phases: told }, undefined, 2)}\n`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
