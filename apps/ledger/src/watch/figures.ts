import type { AccountLimits, ConsumerInfo, StreamInfo } from '@nats-io/jetstream';

/** What a stream holds. */
export interface StreamFigures {
  readonly messages: number;
  readonly bytes: number;
  /** `undefined` without a limit. */
  readonly maxBytes: number | undefined;
}

/** What a consumer has not done yet. */
export interface ConsumerFigures {
  readonly consumer: string;
  /** Messages that were never given to anybody. */
  readonly pending: number;
  /** Messages that are in hand, or wait to be given again. */
  readonly ackPending: number;
  /** The age of the oldest of those that were never given to anybody; 0 when there is none. */
  readonly lagSeconds: number;
}

/** What the account uses of the disk. */
export interface StorageFigures {
  readonly bytes: number;
  readonly maxBytes: number | undefined;
}

export function streamFigures({ state, config }: Pick<StreamInfo, 'state' | 'config'>): StreamFigures {
  return { messages: state.messages, bytes: state.bytes, maxBytes: limitOf(config.max_bytes) };
}

export function consumerFigures(consumer: Pick<ConsumerInfo, 'name' | 'num_pending' | 'num_ack_pending'>, lagSeconds: number): ConsumerFigures {
  return { consumer: consumer.name, pending: consumer.num_pending, ackPending: consumer.num_ack_pending, lagSeconds };
}

/** The server's own limit (`max_file_store`) is not among what it tells an account. */
export function storageFigures({ storage, limits }: { readonly storage: number; readonly limits: Pick<AccountLimits, 'max_storage'> }): StorageFigures {
  return { bytes: storage, maxBytes: limitOf(limits.max_storage) };
}

/** The subjects that a consumer takes; `undefined` for all of its stream's. */
export function subjectsOf({ filter_subject: one, filter_subjects: several }: Pick<ConsumerInfo['config'], 'filter_subject' | 'filter_subjects'>): readonly string[] | undefined {
  if (several && several.length > 0) return several;
  return one ? [one] : undefined;
}

/** The server says -1, or nothing, where there is none. */
function limitOf(bytes: number | undefined): number | undefined {
  return bytes !== undefined && bytes > 0 ? bytes : undefined;
}
