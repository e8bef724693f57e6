interface Waiting {
  readonly at: number;
  readonly late: () => void;
}

/**
 * Deadlines that are all equally far away when they begin: the first to begin is the first to be over, and one timer watches
 * over all of them. Almost none is ever reached, and a timer for each is a good part of what a request costs.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /** `afterMs` is how far away each is, in milliseconds. */
  constructor(private readonly afterMs: number) {}

  /** Calls `late` when the time is up, unless what this returns is called before. */
  begin(late: () => void): () => void {
    const waiting: Waiting = { at: performance.now() + this.afterMs, late };
    this.#waiting.add(waiting);
    this.#lookIn(this.afterMs);
    return () => void this.#waiting.delete(waiting);
  }

  #lookIn(ms: number): void {
    if (this.#timer) return;
    // It is not cleared with the last that waits, so it must not keep a process that has nothing else to do.
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (waiting.at > now) return this.#lookIn(Math.ceil(waiting.at - now));
      this.#waiting.delete(waiting);
      waiting.late();
    }
  }
}
