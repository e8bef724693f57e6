/** A run of sequences, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** {@link Coverage}, as it is kept. */
export interface CoverageState {
  readonly highest: number;
  readonly gaps: readonly Gap[];
}

/** Which sequences of a stream were heard of, in whatever order: the highest one, and what is missing below it. */
export class Coverage {
  #highest: number;
  #gaps: Gap[];

  /** Everything up to `highest` counts as heard of, but for the gaps. */
  constructor({ highest, gaps }: CoverageState) {
    this.#highest = highest;
    this.#gaps = [...gaps];
  }

  /** False if it was heard of before. */
  add(sequence: number): boolean {
    if (sequence > this.#highest) {
      if (sequence > this.#highest + 1) this.#gaps.push({ from: this.#highest + 1, to: sequence - 1 });
      this.#highest = sequence;
      return true;
    }
    // The latest are the likeliest: routers work at a few hundred events side by side.
    const index = this.#gaps.findLastIndex(({ from, to }) => from <= sequence && sequence <= to);
    const gap = this.#gaps[index];
    if (!gap) return false;
    const rest = [{ from: gap.from, to: sequence - 1 }, { from: sequence + 1, to: gap.to }].filter(({ from, to }) => from <= to);
    this.#gaps.splice(index, 1, ...rest);
    return true;
  }

  /** What was not heard of up to `sequence`, in order. */
  missingUpTo(sequence: number): Gap[] {
    const below = [...this.#gaps, { from: this.#highest + 1, to: Number.POSITIVE_INFINITY }];
    return below.flatMap(({ from, to }) => (from <= sequence ? [{ from, to: Math.min(to, sequence) }] : []));
  }

  get highest(): number {
    return this.#highest;
  }

  get state(): CoverageState {
    return { highest: this.#highest, gaps: [...this.#gaps] };
  }
}
