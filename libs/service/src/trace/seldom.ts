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
    const unsaid = this.#unsaid;
    this.#saidAt = now;
    this.#unsaid = 0;
    return unsaid;
  }

  /** Whatever happens next is said, however lately something was. */
  anew(): void {
    this.#saidAt = Number.NEGATIVE_INFINITY;
  }
}
