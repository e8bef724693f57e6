import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from '@cepro/contracts';
import { EventNotPublishedError, WebhooksPublisher } from '@cepro/webhooks-publisher';
import type { NatsConnection } from '@nats-io/transport-node';
import type { AcknowledgedEvent } from '../audit/evidence.ts';
import type { Random } from '../schedule/random.ts';
import { accountIds, eventTypes } from './receivers.ts';

const domain = 'drill';
/** How long the publisher tries by itself, before it is asked again. */
const timeoutMs = 15_000;

/** Publishes events at a steady rate, as a domain service does, and keeps what the server acknowledged. */
export class Publishing {
  /** Those that the server acknowledged. */
  readonly acknowledged: AcknowledgedEvent[] = [];
  readonly #publisher: WebhooksPublisher;
  readonly #stop = new AbortController();
  readonly #open = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #count = 0;
  #failure: unknown;
  /** How often an event had to be published again. */
  #retries = 0;

  constructor(connection: NatsConnection, private readonly options: { readonly perSecond: number; readonly random: Random; readonly signal: AbortSignal }) {
    this.#publisher = new WebhooksPublisher(connection, { domain, timeoutMs, onRetry: () => { this.#retries += 1; } });
    this.#running = this.#run();
    // Whoever stops it is told.
    this.#running.catch(() => undefined);
  }

  get retries(): number {
    return this.#retries;
  }

  /**
   * Publishes nothing more, and resolves when everything is acknowledged.
   * @throws Error when the server has refused an event for good.
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#open);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(): Promise<void> {
    const { perSecond, signal } = this.options;
    const startedAt = performance.now();
    while (!this.#stop.signal.aborted && !signal.aborted) {
      const waitMs = startedAt + (this.#count * 1_000) / perSecond - performance.now();
      if (waitMs > 0) {
        await sleep(waitMs);
        continue;
      }
      const published = this.#publish((this.#count += 1))
        .catch((error: unknown) => { this.#failure ??= error; this.#stop.abort(); })
        .finally(() => this.#open.delete(published));
      this.#open.add(published);
    }
  }

  /** One that was not acknowledged is published again under its id, as the publisher's README says. */
  async #publish(number: number): Promise<void> {
    const { random, signal } = this.options;
    const [accountId, type] = [accountIds[random.between(0, accountIds.length - 1)]!, eventTypes[random.between(0, eventTypes.length - 1)]!];
    const event = { type, accountId, id: `${type}-${number}`, data: { ...catalogue[type].example, number } };
    for (;;) {
      try {
        const { sequence } = await this.#publisher.publish(event, { signal });
        this.acknowledged.push({ msgId: `${domain}:${event.id}`, sequence });
        return;
      } catch (error) {
        if (!(error instanceof EventNotPublishedError) || error.permanent) throw error;
      }
    }
  }
}
