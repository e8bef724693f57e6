import { Injectable } from '@nestjs/common';

/** Wakes the eraser: a ring while nobody listens is heard afterwards. */
@Injectable()
export class ErasureBell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves at the next ring, after `timeoutMs`, or when the signal says stop, whichever comes first. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const enough = () => resolve();
    const timer = setTimeout(enough, timeoutMs);
    signal.addEventListener('abort', enough, { once: true });
    if (signal.aborted) enough();
    await Promise.race([this.#rung.promise, promise]);
    clearTimeout(timer);
    signal.removeEventListener('abort', enough);
    this.#rung = Promise.withResolvers<void>();
  }
}
