import { isReached, ratioOf, type Figure } from './figure.ts';
import { numberText } from './table.ts';

/** What a scenario came to. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** How much of the machine others used meanwhile, in percent of all its processors. */
  readonly othersPercent: number;
  readonly figures: readonly Figure[];
}

/** On what was measured. */
export interface Machine {
  readonly processors: number;
  readonly model: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly nats: string;
  readonly postgres: string;
}

export interface Report {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly command: string;
  readonly form: 'full' | 'short';
  readonly machine: Machine;
  readonly scenarios: readonly Outcome[];
}

/** The report as it is written to a file: with each figure's ratio, and whether it is what it is to be, `null` where that says nothing. */
export function reportJson(report: Report): string {
  const complete = (figure: Figure) => ({ ...figure, ratio: ratioOf(figure) ?? null, reached: isReached(figure) ?? null });
  const scenarios = report.scenarios.map((outcome) => ({ ...outcome, figures: outcome.figures.map(complete) }));
  return `${JSON.stringify({ ...report, scenarios }, undefined, 2)}\n`;
}

/** The line above a scenario's table. */
export function heading({ name, title, seconds, othersPercent }: Outcome): string {
  return `${name}: ${title} (${numberText(seconds)} s; others used ${Math.round(othersPercent)} % of this machine)`;
}

/** The line that ends it all: how many of the figures that are to reach something do. */
export function conclusion(outcomes: readonly Outcome[]): string {
  const judged = outcomes.flatMap(({ figures }) => figures).filter(({ reach }) => reach);
  return `${judged.filter(isReached).length} of ${judged.length} figures reach what they are to reach.`;
}
