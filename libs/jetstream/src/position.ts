/** How far a reader has come in a stream, and who waits for it to come further. */
export class Position {
  #sequence = 0;
  readonly #waiters = new Set<{ readonly sequence: number; readonly done: (reached: boolean) => void }>();

  /** The sequence up to which the stream was read. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Moves on to `sequence`; never back. */
  advance(sequence: number): void {
    if (sequence <= this.#sequence) return;
    this.reset(sequence);
  }

  /** Goes on from `sequence`: further back when what was made of the stream is gone, ahead when somebody else has made it. */
  reset(sequence: number): void {
    this.#sequence = sequence;
    for (const waiter of this.#waiters) if (waiter.sequence <= sequence) waiter.done(true);
  }

  /** Resolves with true as soon as `sequence` is reached, with false if it is not within `timeoutMs`, or until the signal says stop. */
  reached(sequence: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#sequence >= sequence) return Promise.resolve(true);
    if (signal?.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = {
      sequence,
      done: (reached: boolean) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        this.#waiters.delete(waiter);
        resolve(reached);
      },
    };
    const giveUp = () => waiter.done(false);
    const timer = setTimeout(giveUp, timeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }
}
