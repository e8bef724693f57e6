import { setTimeout as sleep } from 'node:timers/promises';
import { ratesBucket, type Endpoint, type Lane } from '@cepro/contracts';
import { isConflict } from '@cepro/jetstream';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { Inject, Injectable } from '@nestjs/common';
import { Kvm, type KV } from '@nats-io/kv';
import type { JetStreamClient } from '@nats-io/jetstream';
import { Gauge } from 'prom-client';
import type { Config } from '../config.ts';
import { CONFIG } from '../config.token.ts';
import { furthestMs, plausible, takeTurns, type NextAt } from './rate.ts';

/** How long a delivery may wait in its place for its turn. One whose turn is later goes where it takes nobody's place. */
const nearMs: Readonly<Record<Lane, number>> = { n: furthestMs, s: 100 };
/** Of the places of a lane, so many may be held by deliveries that wait for a turn. */
const waitingShare = 1 / 4;
/** Others may be quicker that often before a delivery is put off. */
const mostConflicts = 10;

interface Asking {
  readonly withinMs: number;
  /** Told when its turn is, or `undefined` if that is too far ahead or can't be found out. */
  readonly tell: (at: number | undefined) => void;
}

interface Queue {
  readonly asking: Asking[];
  isTaking: boolean;
  perSecond: number;
  /** What this worker knows of the shared place, which others only move on. */
  nextAt: NextAt;
}

/** An endpoint with a rate limit. */
export type LimitedEndpoint = Pick<Endpoint, 'id'> & { readonly rateLimit: number };

/**
 * Keeps endpoints within the rates that their admins have set, all workers together. The place in an endpoint's rate stands in
 * a key-value bucket and is moved on by compare and set, once for all who ask meanwhile. A turn that a dying worker had taken
 * is lost; none is ever taken twice. Of workers whose clocks are seconds apart, each keeps the rate by itself.
 */
@Injectable()
export class RateLimits {
  readonly #queues = new Map<string, Queue>();
  readonly #mostWaiting: Readonly<Record<Lane, number>>;
  readonly #waiting: Record<Lane, number> = { n: 0, s: 0 };
  #bucket: Promise<KV> | undefined;

  constructor(@Inject(CONFIG) config: Config, @Inject(LOGGER) private readonly logger: Logger) {
    this.#mostWaiting = { n: Math.ceil(config.DELIVERY_CONCURRENCY * waitingShare), s: Math.ceil(config.DELIVERY_SLOW_CONCURRENCY * waitingShare) };
    const waiting = () => this.#waiting.n + this.#waiting.s;
    new Gauge({ name: 'webhooks_deliveries_in_rate_turn', help: 'Deliveries in hand that wait for a turn in their endpoint\'s rate', collect() { this.set(waiting()); } });
  }

  /** Waits for a turn and resolves with true; or with false if it is too far ahead, too many wait already, or NATS does not answer. */
  async turn({ id, rateLimit }: LimitedEndpoint, lane: Lane, js: JetStreamClient): Promise<boolean> {
    const queue = this.#queueOf(id, rateLimit);
    const now = Date.now();
    queue.perSecond = rateLimit;
    queue.nextAt = plausible(queue.nextAt, rateLimit, now);
    if (queue.nextAt - now > nearMs[lane] || this.#waiting[lane] >= this.#mostWaiting[lane]) return false;
    this.#waiting[lane] += 1;
    try {
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      queue.asking.push({ withinMs: nearMs[lane], tell: resolve });
      if (!queue.isTaking) void this.#take(id, queue, js);
      const at = await promise;
      if (at === undefined) return false;
      // No longer than that, even if the clock was set back meanwhile.
      const waitMs = Math.min(at - Date.now(), furthestMs);
      if (waitMs > 0) await sleep(waitMs);
      return true;
    } finally {
      this.#waiting[lane] -= 1;
    }
  }

  /** Forgets endpoints that nothing is asked for; returns how many are left. */
  sweep(now = Date.now()): number {
    for (const [endpointId, { isTaking, nextAt }] of this.#queues) if (!isTaking && nextAt < now) this.#queues.delete(endpointId);
    return this.#queues.size;
  }

  #queueOf(endpointId: string, perSecond: number): Queue {
    const known = this.#queues.get(endpointId);
    if (known) return known;
    const queue: Queue = { asking: [], isTaking: false, perSecond, nextAt: 0 };
    this.#queues.set(endpointId, queue);
    return queue;
  }

  /** Takes turns for all who ask, as long as somebody does. */
  async #take(endpointId: string, queue: Queue, js: JetStreamClient): Promise<void> {
    queue.isTaking = true;
    while (queue.asking.length > 0) {
      const asking = queue.asking.splice(0);
      const at = await this.#reserve(endpointId, queue, asking, js).catch((error: unknown) => {
        this.logger.warn({ reason: reasonOf(error), endpointId }, 'no turn could be taken in the endpoint\'s rate; its deliveries are put off');
        return [];
      });
      asking.forEach(({ tell }, index) => tell(at[index]));
    }
    queue.isTaking = false;
  }

  /** Tries it once: while NATS is away, those who wait for it must not hold the places of all others. */
  async #reserve(endpointId: string, queue: Queue, asking: readonly Asking[], js: JetStreamClient): Promise<readonly number[]> {
    const bucket = await this.#open(js);
    const withinMs = Math.min(...asking.map((each) => each.withinMs));
    for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
      const entry = await bucket.get(endpointId);
      const shared = entry?.operation === 'PUT' ? Number(entry.string()) || 0 : 0;
      const now = Date.now();
      const place = plausible(Math.max(queue.nextAt, shared), queue.perSecond, now);
      const { at, nextAt } = takeTurns(place, asking.length, queue.perSecond, now, withinMs);
      queue.nextAt = nextAt;
      if (at.length === 0) return at;
      try {
        await bucket.put(endpointId, String(nextAt), { previousSeq: entry?.revision ?? 0 });
        return at;
      } catch (error) {
        // Another worker was quicker; what it has left is for us to see.
        if (!isConflict(error)) throw error;
        queue.nextAt = place;
      }
    }
    return [];
  }

  #open(js: JetStreamClient): Promise<KV> {
    this.#bucket ??= new Kvm(js).open(ratesBucket).catch((error: unknown) => {
      this.#bucket = undefined;
      throw error;
    });
    return this.#bucket;
  }
}
