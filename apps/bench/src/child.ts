import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a child can be asked to do, by name: see {@link answerParent}. */
export type Answers = Readonly<Record<string, (question: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly question: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of the bench's own, so that what it does takes no time from what measures. It ends with its parent. */
export class Child<A extends Answers> {
  readonly #process: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #ended: Error | undefined;

  private constructor(child: ChildProcess, name: string) {
    this.#process = child;
    child.on('message', ({ id, value, error }: Answer) => {
      const open = this.#open.get(id);
      this.#open.delete(id);
      if (error === undefined) open?.resolve(value);
      else open?.reject(new Error(error));
    });
    child.on('exit', (code, signal) => {
      this.#ended = new Error(`${name} ended with ${signal ?? `code ${code}`}`);
      for (const { reject } of this.#open.values()) reject(this.#ended);
      this.#open.clear();
    });
    // What it says is heard by whoever asks.
    child.on('error', () => undefined);
  }

  /** Starts a script of the bench with the same Node, and the same flags, as this process. */
  static async start<A extends Answers>(script: URL): Promise<Child<A>> {
    const child = fork(fileURLToPath(script), [], { serialization: 'advanced', execArgv: process.execArgv });
    await once(child, 'spawn');
    return new Child<A>(child, path.basename(script.pathname));
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /**
   * Asks, and resolves with the answer.
   * @throws Error with what the child says, or with how it has ended.
   */
  async ask<N extends keyof A & string>(name: N, question: Parameters<A[N]>[0]): Promise<Awaited<ReturnType<A[N]>>> {
    const answer = Promise.withResolvers<unknown>();
    const id = ++this.#lastId;
    this.#open.set(id, answer);
    this.#process.send({ id, name, question } satisfies Question, (error) => {
      if (error) answer.reject(this.#ended ?? error);
    });
    return (await answer.promise) as Awaited<ReturnType<A[N]>>;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }
}

/** In a child: answers what its parent asks, for as long as there is one. */
export function answerParent(answers: Answers): void {
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches every process of the terminal; the parent ends this one when it is done with it.
  process.on('SIGINT', () => undefined);
  process.on('message', ({ id, name, question }: Question) => {
    const send = (answer: Omit<Answer, 'id'>) => void process.send?.({ id, ...answer });
    Promise.resolve()
      .then(() => answers[name]!(question as never))
      .then((value) => send({ value }), (error: unknown) => send({ error: error instanceof Error ? error.stack ?? error.message : String(error) }));
  });
}
