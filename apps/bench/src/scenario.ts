import type { Figure } from './report/figure.ts';
import type { Stage } from './stage.ts';

/** One measurement, or a few that belong together. */
export interface Scenario {
  /** What it is called on the command line. */
  readonly name: string;
  /** What it measures, in a line. */
  readonly title: string;
  /** How long the full form takes, roughly, in minutes, on two processors that nobody else uses. */
  readonly minutes: number;
  run(stage: Stage): Promise<Figure[]>;
}
