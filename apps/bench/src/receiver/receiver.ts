import { eventually, type TestAuthority } from '@cepro/testkit';
import { Child } from '../child.ts';
import type { Behaviour } from './answer.ts';
import type { Count, ReceiverAnswers, Requests } from './receiver.process.ts';

export type { Requests };

/** How many origins there are. A worker's requests go to many hosts, with a few connections to each. */
const origins = 16;

/** The receivers of a run: a process that costs little and remembers when which request came. */
export class Receivers {
  private constructor(
    private readonly child: Child<ReceiverAnswers>,
    private readonly ports: { readonly tls: readonly number[]; readonly plain: readonly number[] },
  ) {}

  static async start({ key, cert }: Pick<TestAuthority, 'key' | 'cert'>): Promise<Receivers> {
    const child = await Child.start<ReceiverAnswers>(new URL('./receiver.process.ts', import.meta.url));
    return new Receivers(child, await child.ask('listen', { tls: origins, plain: origins, key, cert }));
  }

  /** Where the receiver number `index` is, which behaves so. They are spread over the origins. */
  url(behaviour: Behaviour, index: number, { plain = false } = {}): string {
    const ports = plain ? this.ports.plain : this.ports.tls;
    return `${plain ? 'http' : 'https'}://127.0.0.1:${ports[index % ports.length]}/${behaviour}/${index}`;
  }

  /** Forgets all requests; from now on they are kept, or only counted. */
  reset({ keep }: { keep: boolean }): Promise<void> {
    return this.child.ask('reset', { keep });
  }

  /** How many requests have come since the last reset. */
  count(): Promise<Count> {
    return this.child.ask('count', undefined);
  }

  /**
   * Waits until so many requests have come.
   * @throws Error when the time is up.
   */
  async waitFor(count: number, timeoutMs: number): Promise<void> {
    await eventually(async () => {
      const missing = count - (await this.count()).count;
      if (missing > 0) throw new Error(`${missing} of ${count} requests have not come`);
    }, { timeoutMs, intervalMs: 25 });
  }

  take(): Promise<Requests> {
    return this.child.ask('take', undefined);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
