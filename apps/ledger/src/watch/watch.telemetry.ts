import { Gauge } from 'prom-client';
import type { ConsumerFigures, StorageFigures, StreamFigures } from './figures.ts';

const messages = new Gauge({ name: 'webhooks_stream_messages', help: 'Messages that a stream holds', labelNames: ['stream'] });
const bytes = new Gauge({ name: 'webhooks_stream_bytes', help: 'What a stream takes on the disk', labelNames: ['stream'] });
const maxBytes = new Gauge({ name: 'webhooks_stream_max_bytes', help: 'What a stream may take, for those that have a limit', labelNames: ['stream'] });
const storage = new Gauge({ name: 'webhooks_jetstream_storage_bytes', help: 'What the account takes on the disk' });
const maxStorage = new Gauge({ name: 'webhooks_jetstream_storage_max_bytes', help: 'What the account may take, if it has a limit; the server\'s own limit is not visible to an account' });
const pending = new Gauge({ name: 'webhooks_consumer_pending_messages', help: 'Messages that were never given to anybody', labelNames: ['stream', 'consumer'] });
const ackPending = new Gauge({ name: 'webhooks_consumer_ack_pending_messages', help: 'Messages that are in hand or wait for a retry', labelNames: ['stream', 'consumer'] });
const lag = new Gauge({ name: 'webhooks_consumer_lag_seconds', help: 'Age of the oldest message that was never given to anybody, 0 when there is none', labelNames: ['stream', 'consumer'] });
const watchedAt = new Gauge({
  name: 'webhooks_watched_timestamp_seconds',
  help: 'When streams and consumers were last all looked at, in seconds since the epoch; before the first time, when the process began',
});
watchedAt.setToCurrentTime();
// Nobody knows before the first look.
for (const gauge of [storage, maxStorage]) gauge.remove();

/** The consumers that are shown, by their streams. */
const shown = new Map<string, readonly string[]>();

/** A stream was looked at. */
export function streamWatched(stream: string, figures: StreamFigures, consumers: readonly ConsumerFigures[]): void {
  messages.set({ stream }, figures.messages);
  bytes.set({ stream }, figures.bytes);
  setOrRemove(maxBytes, { stream }, figures.maxBytes);
  for (const { consumer, ...of } of consumers) {
    pending.set({ stream, consumer }, of.pending);
    ackPending.set({ stream, consumer }, of.ackPending);
    lag.set({ stream, consumer }, of.lagSeconds);
  }
  const names = consumers.map(({ consumer }) => consumer);
  for (const consumer of shown.get(stream) ?? []) {
    if (!names.includes(consumer)) for (const gauge of [pending, ackPending, lag]) gauge.remove({ stream, consumer });
  }
  shown.set(stream, names);
}

/** The account was looked at. */
export function storageWatched(figures: StorageFigures): void {
  storage.set(figures.bytes);
  setOrRemove(maxStorage, {}, figures.maxBytes);
}

/** Everything was looked at, at a time in milliseconds since the epoch. */
export function allWatched(at: number): void {
  watchedAt.set(at / 1_000);
}

function setOrRemove<T extends string>(gauge: Gauge<T>, labels: Record<T, string>, value: number | undefined): void {
  if (value === undefined) gauge.remove(labels);
  else gauge.set(labels, value);
}
