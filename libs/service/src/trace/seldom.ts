/** Says when something that may happen often is worth saying: once in a while. Times are in milliseconds. */
export class Seldom {
  #saidAt = Number.NEGATIVE_INFINITY;
  #unsaid = 0;

  constructor(private readonly everyMs: number) {}

  /** How often it has happened unsaid since the last time, if it is to be said now; `undefined` if not. */
  next(now: number): number | undefined {
    if (now - this.#saidAt < this.everyMs) {
      this.#unsaid += 1;
      return undefined;
    }
    this.#saidAt = now;
    return this.last();
  }

  /** How often it has happened unsaid, where it will not happen again, and is to be said in any case. */
  last(): number {
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    return unsaid;
  }
}
