import type { Position } from '@cepro/jetstream';
import type { NatsClient } from '@cepro/service';
import { Gauge, register } from 'prom-client';

export interface Followed {
  readonly projection: string;
  readonly stream: string;
  readonly position: Position;
}

const name = 'webhooks_projection_lag_messages';
const timeoutMs = 1_000;

/** Measures, whenever metrics are asked for, how far projections are behind the ends of their streams. */
export function measureLag(nats: NatsClient, followed: readonly Followed[]): void {
  // The registry belongs to the process, which in a test may hold several services: the last one counts.
  register.removeSingleMetric(name);
  new Gauge({
    name,
    help: 'Messages that the stream holds beyond what a projection has stored; the last known value while NATS is away',
    labelNames: ['projection'],
    async collect() {
      const ends = await Promise.race([endsOf(nats, followed).catch(() => undefined), after(timeoutMs)]);
      ends?.forEach((end, index) => {
        const { projection, position } = followed[index]!;
        this.set({ projection }, Math.max(0, end - position.sequence));
      });
    },
  });
}

async function endsOf(nats: NatsClient, followed: readonly Followed[]): Promise<number[]> {
  const jsm = await (await nats.jetstream()).jetstreamManager(false);
  return await Promise.all(followed.map(async ({ stream }) => (await jsm.streams.info(stream)).state.last_seq));
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
