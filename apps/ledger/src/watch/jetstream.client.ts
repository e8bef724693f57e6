import { notificationsDurable, routerDurable, streams } from '@cepro/contracts';
import { ageSeconds, firstAfter, lookUp } from '@cepro/jetstream';
import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { consumerFigures, storageFigures, streamFigures, subjectsOf, type ConsumerFigures, type StorageFigures, type StreamFigures } from './figures.ts';

/** Where others work by a consumer that is known by its name. Those of the deliveries are listed: there are as many as shards. */
const durables: Readonly<Record<string, string>> = { [streams.events]: routerDurable, [streams.notifications]: notificationsDurable };

/** What was seen of a stream and of those who work on it. */
export interface Look {
  readonly stream: StreamFigures;
  readonly consumers: readonly ConsumerFigures[];
  /** A consumer that should be there. */
  readonly missing?: string;
}

/**
 * Looks at a stream and at those who work on it. One question after the other, and no further one once it is said to stop: a server that
 * is slow shall not be asked more than it answers.
 */
export async function lookAtStream(jsm: JetStreamManager, stream: string, signal: AbortSignal): Promise<Look> {
  const figures = streamFigures(await jsm.streams.info(stream));
  const consumers: ConsumerFigures[] = [];
  const durable = durables[stream];
  const found = durable === undefined ? undefined : await lookUp(() => jsm.consumers.info(stream, durable));
  if (durable !== undefined && !found) return { stream: figures, consumers, missing: durable };
  for await (const consumer of found ? [found] : shardsOf(jsm, stream)) {
    signal.throwIfAborted();
    consumers.push(consumerFigures(consumer, await lagOf(jsm, consumer)));
  }
  return { stream: figures, consumers };
}

export async function lookAtStorage(jsm: JetStreamManager): Promise<StorageFigures> {
  return storageFigures(await jsm.getAccountInfo());
}

/** The durable ones. Those that readers make for themselves come and go, under random names. */
async function* shardsOf(jsm: JetStreamManager, stream: string): AsyncGenerator<ConsumerInfo> {
  if (stream !== streams.deliveries) return;
  for await (const consumer of jsm.consumers.list(stream)) if (consumer.config.durable_name) yield consumer;
}

async function lagOf(jsm: JetStreamManager, consumer: ConsumerInfo): Promise<number> {
  if (consumer.num_pending === 0) return 0;
  return ageSeconds(consumer, await firstAfter(jsm, consumer.stream_name, consumer.delivered.stream_seq, subjectsOf(consumer.config)));
}
