import { Injectable } from '@nestjs/common';

/** `undefined` when fine, otherwise what is not ready yet, in words. */
export type ReadinessCheck = () => string | undefined;

/** Collects what has to be true before the service can do its work. */
@Injectable()
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();

  /** Adds a check under a name; it is asked at every probe, so it must be quick. */
  add(name: string, check: ReadinessCheck): void {
    this.#checks.set(name, check);
  }

  get isReady(): boolean {
    return Object.keys(this.problems()).length === 0;
  }

  /** What is not ready, by name; empty when the service is. */
  problems(): Record<string, string> {
    const problems: Record<string, string> = {};
    for (const [name, check] of this.#checks) {
      const problem = check();
      if (problem !== undefined) problems[name] = problem;
    }
    return problems;
  }
}
