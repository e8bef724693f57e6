import { isDeepStrictEqual } from 'node:util';
import type { ConsumerInfo, JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { JetStreamApiError } from '@nats-io/jetstream';
import { routerDurable, streams } from '@cepro/contracts';
import { firstRoutedMetadata, shardsMetadata, topology, type TopologyOptions } from './topology.ts';

/** One line of what provisioning did. */
export interface ProvisionStep {
  readonly what: string;
  readonly did: 'created' | 'widened' | 'unchanged';
}

/** A wish that would narrow what exists, such as fewer shards. Nothing was changed. */
export class NarrowingError extends Error {
  override readonly name = 'NarrowingError';
}

/**
 * Creates what is missing and widens what is smaller than declared. Never narrows, never deletes: what an operator
 * made larger stays so. Doing it twice does nothing.
 * @throws NarrowingError when `options.shards` is less than what the deliveries were provisioned with.
 */
export async function provision(jsm: JetStreamManager, options: TopologyOptions): Promise<ProvisionStep[]> {
  const wanted = topology(options);
  const deliveries = await lookUp(() => jsm.streams.info(streams.deliveries));
  const shards = shardsIn(deliveries);
  if (shards > options.shards) {
    throw new NarrowingError(`${streams.deliveries} has ${shards} shards; ${options.shards} would leave deliveries without a worker`);
  }
  const steps: ProvisionStep[] = [];
  for (const stream of wanted.streams) {
    const existing = await lookUp(() => jsm.streams.info(stream.name));
    const metadata = !existing && stream.name === streams.routings ? await firstRouted(jsm) : {};
    steps.push({ what: `stream ${stream.name}`, did: await provisionStream(jsm, existing, { ...stream, metadata: { ...stream.metadata, ...metadata } }) });
  }
  for (const { stream, config } of wanted.consumers) {
    const existing = await lookUp(() => jsm.consumers.info(stream, config.durable_name));
    steps.push({ what: `consumer ${stream}/${config.durable_name}`, did: await provisionConsumer(jsm, existing, stream, config) });
  }
  return steps;
}

/** What a new stream of routings is told about events that were routed before it was there. */
async function firstRouted(jsm: JetStreamManager): Promise<Record<string, string>> {
  const router = await lookUp(() => jsm.consumers.info(streams.events, routerDurable));
  return { [firstRoutedMetadata]: String((router?.ack_floor.stream_seq ?? 0) + 1) };
}

async function provisionStream(
  jsm: JetStreamManager, existing: StreamInfo | undefined, wanted: Partial<StreamConfig> & { name: string },
): Promise<ProvisionStep['did']> {
  if (!existing) {
    await jsm.streams.add(wanted);
    return 'created';
  }
  const now = existing.config;
  const wider: Partial<StreamConfig> = {
    subjects: [...new Set([...now.subjects, ...(wanted.subjects ?? [])])],
    max_age: widerLimit(now.max_age, wanted.max_age ?? 0),
    duplicate_window: Math.max(now.duplicate_window, wanted.duplicate_window ?? 0),
    num_replicas: Math.max(now.num_replicas, wanted.num_replicas ?? 1),
    allow_direct: true,
    metadata: { ...now.metadata, ...wanted.metadata },
  };
  const changed = Object.entries(wider).some(([key, value]) => !isDeepStrictEqual(value, now[key as keyof StreamConfig] ?? {}));
  if (!changed) return 'unchanged';
  await jsm.streams.update(wanted.name, { ...now, ...wider });
  return 'widened';
}

async function provisionConsumer(
  jsm: JetStreamManager, existing: ConsumerInfo | undefined, stream: string,
  wanted: ReturnType<typeof topology>['consumers'][number]['config'],
): Promise<ProvisionStep['did']> {
  if (!existing) {
    await jsm.consumers.add(stream, wanted);
    return 'created';
  }
  const now = existing.config;
  const wider = {
    ack_wait: Math.max(now.ack_wait ?? 0, wanted.ack_wait ?? 0),
    max_ack_pending: widerLimit(now.max_ack_pending ?? 0, wanted.max_ack_pending ?? 0),
  };
  if (wider.ack_wait === now.ack_wait && wider.max_ack_pending === now.max_ack_pending) return 'unchanged';
  await jsm.consumers.update(stream, wanted.durable_name, { ...now, ...wider });
  return 'widened';
}

/** How many shards a stream was provisioned with; 0 if it does not say. */
function shardsIn(deliveries: StreamInfo | undefined): number {
  const shards = Number(deliveries?.config.metadata?.[shardsMetadata]);
  return Number.isSafeInteger(shards) && shards > 0 ? shards : 0;
}

/** Of two limits the wider one; zero and less mean none. */
function widerLimit(a: number, b: number): number {
  return a <= 0 || b <= 0 ? Math.min(a, b) : Math.max(a, b);
}

/** What a service has found when it looked for what it needs. */
export interface ProvisionedTopology {
  readonly shards: number;
  /** How long a worker may hold a delivery before it is given to another, in milliseconds. */
  readonly ackWaitMs: number;
  /** The first event of which the stream of routings tells: those before it were acknowledged when there was no such stream. */
  readonly firstRouted: number;
  /** What is missing, each in words; empty when everything is there. */
  readonly missing: readonly string[];
}

/** Looks whether the named streams and, with them, all their declared consumers are there. */
export async function inspectTopology(jsm: JetStreamManager, needed: readonly string[]): Promise<ProvisionedTopology> {
  const missing: string[] = [];
  const deliveries = await lookUp(() => jsm.streams.info(streams.deliveries));
  const shards = shardsIn(deliveries);
  const declared = topology({ replicas: 1, shards, deliveryAckWaitMs: 0, deliveriesRetentionDays: 0 });
  let firstRouted = 1;
  for (const stream of needed) {
    const info = stream === streams.deliveries ? deliveries : await lookUp(() => jsm.streams.info(stream));
    if (!info) missing.push(`stream ${stream}`);
    else if (stream === streams.routings) firstRouted = Number(info.config.metadata?.[firstRoutedMetadata] ?? 1) || 1;
    // Somebody made it by hand: a delivery would go to no shard.
    else if (info === deliveries && shards === 0) missing.push(`the number of shards in the metadata of stream ${stream}`);
  }
  let ackWaitMs = Number.POSITIVE_INFINITY;
  for (const { stream, config } of declared.consumers) {
    // Others take messages of that one; no service of ours is the worse for its absence.
    if (stream === streams.notifications) continue;
    if (!needed.includes(stream) || missing.includes(`stream ${stream}`)) continue;
    const consumer = await lookUp(() => jsm.consumers.info(stream, config.durable_name));
    if (!consumer) missing.push(`consumer ${stream}/${config.durable_name}`);
    else if (stream === streams.deliveries) ackWaitMs = Math.min(ackWaitMs, (consumer.config.ack_wait ?? 0) / 1_000_000);
  }
  return { shards, ackWaitMs, firstRouted, missing };
}

/** What is asked for, or `undefined` if there is no such stream or consumer. */
export async function lookUp<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    // 404: no such stream or consumer. Everything else is a fault of the connection or of permissions.
    if (error instanceof JetStreamApiError && error.apiError().code === 404) return undefined;
    throw error;
  }
}
