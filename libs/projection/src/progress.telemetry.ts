import { ageSeconds, firstAfter } from '@cepro/jetstream';
import { gaugeOf, type NatsClient } from '@cepro/service';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Projector } from './projector.ts';

const timeoutMs = 1_000;

/** How far a projection is behind. */
interface Lag {
  readonly messages: number;
  readonly seconds: number;
}

const none: Lag = { messages: 0, seconds: 0 };

/** Shows, whenever metrics are asked for, how far projections have come, and how far they are behind the ends of their streams. */
export function showProgress(nats: Pick<NatsClient, 'jetstream'>, projectors: readonly Projector[]): void {
  gaugeOf({
    name: 'webhooks_projection_position',
    help: 'Stream sequence up to which a projection has stored its rows',
    labelNames: ['projection'],
    collect() {
      for (const { name, stored } of projectors) if (stored !== undefined) this.set({ projection: name }, stored);
    },
  });
  // Both figures come from one look.
  let looking: Promise<void> | undefined;
  const collect = () => looking ??= Promise.race([look().catch(() => undefined), after(timeoutMs)]).finally(() => { looking = undefined; });
  const messages = gaugeOf({
    name: 'webhooks_projection_lag_messages',
    help: 'Messages of the stream that a projection has not stored, at most; the last known value while NATS is away',
    labelNames: ['projection'],
    collect,
  });
  const seconds = gaugeOf({
    name: 'webhooks_projection_lag_seconds',
    help: 'Age of the oldest message that a projection has not stored, 0 when there is none; the last known value while NATS is away',
    labelNames: ['projection'],
    collect,
  });
  async function look(): Promise<void> {
    const jsm = await (await nats.jetstream()).jetstreamManager(false);
    await Promise.all(projectors.map(async (projector) => {
      const lag = await lagOf(jsm, projector);
      if (!lag) return;
      messages.set({ projection: projector.name }, lag.messages);
      seconds.set({ projection: projector.name }, lag.seconds);
    }));
  }
}

/** `undefined` as long as nobody knows what is stored. */
async function lagOf(jsm: JetStreamManager, { stored, stream, subjects }: Projector): Promise<Lag | undefined> {
  if (stored === undefined) return undefined;
  const info = await jsm.streams.info(stream);
  const { last_seq: last } = info.state;
  if (last <= stored) return none;
  // What lies between may be on subjects that it does not want, or be purged.
  const first = await firstAfter(jsm, stream, stored, subjects);
  return first ? { messages: Math.max(1, last - first.seq + 1), seconds: ageSeconds(info, first) } : none;
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
