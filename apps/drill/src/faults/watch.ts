import type { ServiceProcess } from '@cepro/testkit';
import type { Cut } from '../audit/evidence.ts';

type OpenCut = Cut extends infer C ? C extends Cut ? Omit<C, 'at' | 'until'> : never : never;

/** What is noted while faults are made: what explains a repeat, and what should not have happened. */
export class Watch {
  readonly cuts: Cut[] = [];
  /** What went wrong besides what was done on purpose, in words. */
  readonly incidents: string[] = [];
  /** How long anything may take to be well again. Only a failure takes so long. */
  readonly patienceMs = 120_000;
  readonly #expected = new WeakSet<ServiceProcess>();
  #isOver = false;

  /** Notes that requests in flight were cut off, from now on; returns what ends it. */
  cut(what: OpenCut): () => void {
    const index = this.cuts.push({ ...what, at: Date.now(), until: Number.POSITIVE_INFINITY } as Cut) - 1;
    return () => {
      // Its end is the first one that is told.
      if (this.cuts[index]!.until === Number.POSITIVE_INFINITY) this.cuts[index] = { ...this.cuts[index]!, until: Date.now() };
    };
  }

  report(incident: string): void {
    if (!this.#isOver) this.incidents.push(incident);
  }

  /** This process is about to be ended on purpose. */
  expect(service: ServiceProcess): void {
    this.#expected.add(service);
  }

  expected(service: ServiceProcess): boolean {
    return this.#isOver || this.#expected.has(service);
  }

  /** From now on everything may end. */
  end(): void {
    this.#isOver = true;
  }
}
