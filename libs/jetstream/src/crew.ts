/** Does at most `size` pieces of work at a time: taking one more waits until one has ended. */
export class Crew {
  #size: number;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves as soon as the work has begun. The work must not reject: nobody would hear it. */
  async take(work: () => Promise<void> | void): Promise<void> {
    // Whoever ends hands its place over, so that nobody who comes in between takes it.
    if (this.#busy >= this.#size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    void this.#do(work);
  }

  /** From now on nobody waits: used when what is left is only to be handed back. */
  unbound(): void {
    this.#size = Number.POSITIVE_INFINITY;
    for (const begin of this.#waiting.splice(0)) {
      this.#busy += 1;
      begin();
    }
  }

  /** Resolves when nothing is being done. */
  idle(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  async #do(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } finally {
      this.#ended();
    }
  }

  #ended(): void {
    const next = this.#waiting.shift();
    if (next) return next();
    this.#busy -= 1;
    if (this.#busy > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
