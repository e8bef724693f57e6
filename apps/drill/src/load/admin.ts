import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '@cepro/system';
import type { ListeningEndpoint } from '../audit/evidence.ts';

const pauseMs = 1_500;
const retryMs = 300;

/** An admin who changes one endpoint after the other, and insists until each change is acknowledged. */
export class Admin {
  readonly #stop = new AbortController();
  /** The last description that the API acknowledged, by endpoint. */
  readonly #acknowledged = new Map<string, string>();
  readonly #running: Promise<void>;

  constructor(private readonly system: System, private readonly endpoints: readonly ListeningEndpoint[], private readonly signal: AbortSignal) {
    this.#running = this.#run();
    this.#running.catch(() => undefined);
  }

  /** Changes nothing more, and resolves when the last change is acknowledged. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** The endpoints that do not show what was acknowledged last. */
  async lostChanges(): Promise<string[]> {
    const shown = await Promise.all(this.endpoints.map(async ({ id, accountId }) => {
      const account = await this.system.account(accountId);
      const { status, body } = await account.call('GET', `/v1/webhooks/${id}`);
      return { id, description: status === 200 ? body['description'] : undefined };
    }));
    return shown.filter(({ id, description }) => this.#acknowledged.has(id) && this.#acknowledged.get(id) !== description).map(({ id }) => id);
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#stop.signal.aborted; number += 1) {
      const { id, accountId } = this.endpoints[number % this.endpoints.length]!;
      await this.#change(id, accountId, `change ${number}`);
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #change(id: string, accountId: string, description: string): Promise<void> {
    for (;;) {
      this.signal.throwIfAborted();
      // A new token each time: one lasts for an hour, and a drill may last longer.
      const account = await this.system.account(accountId);
      const status = await account.call('PATCH', `/v1/webhooks/${id}`, { description }).then((answer) => answer.status, () => undefined);
      if (status === 200) break;
      if (status !== undefined && status < 500) throw new Error(`changing an endpoint answered ${status}`);
      await sleep(retryMs);
    }
    this.#acknowledged.set(id, description);
  }
}
