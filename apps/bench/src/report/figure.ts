/** What a figure is to be. */
export type Reach = { readonly of: 'value' | 'ratio' } & ({ readonly atLeast: number } | { readonly atMost: number });

/** Something that was measured. */
export interface Figure {
  /** What, such as `deliveries/s`, unique within its scenario. */
  readonly name: string;
  readonly value: number;
  /** Such as `ms`; empty for a count or a rate whose name says it. */
  readonly unit: string;
  /** The same for something that is known, measured in the same run: on a shared machine only their ratio tells something. */
  readonly reference?: { readonly name: string; readonly value: number };
  readonly reach?: Reach;
}

/** The figure ÷ its reference; `undefined` where there is none. */
export function ratioOf({ value, reference }: Figure): number | undefined {
  return reference && value / reference.value;
}

/** Whether a figure is what it is to be; `undefined` where nothing is said about that. */
export function isReached(figure: Figure): boolean | undefined {
  const { reach } = figure;
  if (!reach) return undefined;
  const measured = reach.of === 'value' ? figure.value : ratioOf(figure);
  if (measured === undefined) return false;
  return 'atLeast' in reach ? measured >= reach.atLeast : measured <= reach.atMost;
}
