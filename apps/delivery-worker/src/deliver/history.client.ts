import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  decodeAttempt, decodeJson, deliveryMsgId, deliverySubject, endpointFactSubjects, normalLane, retriesBucket, retryKey, shardOf, slowLane, streams,
  traceHeaders, type Attempt, type DeliveryRequest, type TraceContext,
} from '@cepro/contracts';
import { findStored, keepTrying, readStored, store, type BatchingPublisher, type WorkMessage } from '@cepro/jetstream';
import { LOGGER, reasonOf, type Logger } from '@cepro/service';
import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { errors } from '@nats-io/transport-node';
import { untried, type History } from './delivery.ts';

/** `sequence` and `deliveryCount` are those of the message that was put back to wait: a manual retry is another message. */
const saved = z.object({
  attempts: z.int().nonnegative(),
  dueAt: z.int().positive(),
  /** How long it was from then until it is due, by the clock that says when that is. Older workers do not save it. */
  waitMs: z.int().positive().optional(),
  sequence: z.int().positive(),
  deliveryCount: z.int().positive(),
});

/** What the worker needs in order to read and write the record. */
export interface RecordContext {
  readonly js: JetStreamClient;
  /** For what is stored. */
  readonly publisher: BatchingPublisher;
  readonly shards: number;
  readonly signal: AbortSignal;
}

/**
 * What is on record of a delivery, and the recording. The attempts in the stream are the record. The key-value bucket
 * says the same in short for the usual case, a delivery that waited for its retry, so that the stream need not be read.
 */
@Injectable()
export class DeliveryHistory {
  #bucket: Promise<KV> | undefined;

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /**
   * How far a delivery has come. A message's delivery count is not its attempt number: it also rises when a worker dies
   * or hands back what it had only prefetched. It does tell when nobody can have had the message since the state was saved, but
   * for a cluster in which two servers take themselves for the consumer's leader. The record is always asked whether a further
   * attempt was made.
   */
  of(message: WorkMessage, request: DeliveryRequest, context: RecordContext): Promise<History> | History {
    // A worker that was thought dead may have diverted what another one has gone on with: that one's attempts are on record.
    if (message.deliveryCount === 1 && !request.progress) return beginningOf(request);
    return this.#lookUp(message, request, context);
  }

  /**
   * Records an attempt and resolves with what then is on record under its number: the attempt, or the one that another
   * worker recorded first while this one was thought dead. `undefined` if the endpoint's history was erased meanwhile.
   */
  async record(
    { storedAt: since }: Pick<WorkMessage, 'storedAt'>, endpointId: string, attempt: Attempt, { js, publisher, shards, signal }: RecordContext, trace?: TraceContext,
  ): Promise<Attempt | undefined> {
    const subject = deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'attempted');
    const msgId = deliveryMsgId.attempted(attempt.deliveryId, attempt.attempt);
    const find = () => findStored(js, { stream: streams.deliveries, subject, within: endpointFactSubjects(endpointId, 'attempted'), msgId, since });
    const message = { subject, msgId, data: JSON.stringify(attempt), ...(trace && { headers: traceHeaders(trace) }) };
    const ack = await store(publisher, message, { signal, find, onRetry: this.#warn('an attempt could not be recorded; trying again', attempt.deliveryId) });
    return ack.duplicate ? await readAttempt(js, ack.seq) : attempt;
  }

  /**
   * Saves how far a delivery has come, right before it is put back to wait. It is a summary of the record: where there is no
   * bucket to take it, or no room in it, the record is asked instead when the delivery comes back.
   */
  async save(message: WorkMessage, request: DeliveryRequest, attempts: number, dueAt: number, { js, signal }: RecordContext): Promise<void> {
    const waitMs = Math.max(1, Math.ceil(dueAt - Date.now()));
    const value = JSON.stringify({ attempts, dueAt, waitMs, sequence: message.seq, deliveryCount: message.deliveryCount });
    const put = async () => {
      try {
        await (await this.#open(js)).put(retryKey(request.endpointId, request.deliveryId), value);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        this.#warn('the bucket takes no retry states; the record will be asked', request.deliveryId)(error);
      }
    };
    await keepTrying(put, { signal, onRetry: this.#warn('a retry state could not be saved; trying again', request.deliveryId) });
  }

  async #lookUp(message: WorkMessage, request: DeliveryRequest, { js, shards }: RecordContext): Promise<History> {
    const { deliveryCount } = message;
    const before = beginningOf(request);
    const state = await this.#load(js, request);
    const known = state?.sequence === message.seq ? { attempts: state.attempts, dueAt: state.dueAt, waitMs: state.waitMs, ended: false } : before;
    // What a worker of the other leader has done is of a moment ago: the server knows its id yet, and nothing has to be read.
    if (known !== before && state?.deliveryCount === deliveryCount - 1) return await this.#fromRecord(js, shards, request, known, Date.now());
    // Whoever had it in between may have handed it over, and then another message goes on with it.
    if (!request.progress && request.attempt === undefined && (await this.#wasDiverted(js, shards, request, message))) return { ...known, ended: true };
    return await this.#fromRecord(js, shards, request, known, message.storedAt);
  }

  async #wasDiverted(js: JetStreamClient, shards: number, { deliveryId, endpointId }: DeliveryRequest, { seq, storedAt }: WorkMessage): Promise<boolean> {
    return undefined !== await findStored(js, {
      stream: streams.deliveries,
      subject: deliverySubject(slowLane, shardOf(endpointId, shards), endpointId, 'diverted'),
      within: endpointFactSubjects(endpointId, 'diverted'),
      msgId: deliveryMsgId.diverted(deliveryId, seq),
      since: storedAt,
    });
  }

  async #load(js: JetStreamClient, { endpointId, deliveryId }: DeliveryRequest) {
    const get = async () => (await this.#open(js)).get(retryKey(endpointId, deliveryId));
    const entry = await get().catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      this.#warn('a retry state could not be read; asking the record', deliveryId)(error);
      return null;
    });
    if (!entry || entry.operation !== 'PUT') return undefined;
    const state = decodeJson(entry.value, saved);
    return state.ok ? state.value : undefined;
  }

  async #fromRecord(js: JetStreamClient, shards: number, request: DeliveryRequest, known: History, scheduledAt: number): Promise<History> {
    const { deliveryId, endpointId } = request;
    const subject = deliverySubject(normalLane, shardOf(endpointId, shards), endpointId, 'attempted');
    const within = endpointFactSubjects(endpointId, 'attempted');
    // By the server's clock: when an attempt was due is by that of some worker, which may be far ahead.
    const since = scheduledAt;
    let history = known;
    while (!history.ended) {
      const msgId = deliveryMsgId.attempted(deliveryId, history.attempts + 1);
      const seq = await findStored(js, { stream: streams.deliveries, subject, within, msgId, since });
      if (seq === undefined) return history;
      const attempt = await readAttempt(js, seq);
      // Erased between the two questions: with its endpoint, so nothing is left to do.
      if (!attempt) return { ...history, ended: true };
      history = {
        attempts: attempt.attempt,
        dueAt: attempt.nextAttemptAt === null ? undefined : Date.parse(attempt.nextAttemptAt),
        ended: attempt.nextAttemptAt === null,
      };
    }
    return history;
  }

  #open(js: JetStreamClient): Promise<KV> {
    this.#bucket ??= new Kvm(js).open(retriesBucket).catch((error: unknown) => {
      this.#bucket = undefined;
      throw error;
    });
    return this.#bucket;
  }

  #warn(text: string, deliveryId: string) {
    return (error: unknown) => this.logger.warn({ reason: reasonOf(error), deliveryId }, text);
  }
}

/** How far a delivery had come when its message was stored. */
function beginningOf({ attempt, progress }: DeliveryRequest): History {
  if (progress) return { attempts: progress.attempts, dueAt: progress.dueAt, ended: false };
  return attempt === undefined ? untried : { ...untried, attempts: attempt - 1 };
}

/** True where the server is there, and the bucket does not take or give anything: it was deleted, or is full. */
function isRefusal(error: unknown): boolean {
  if (error instanceof JetStreamApiError || error instanceof errors.NoRespondersError) return true;
  return error instanceof Error && isRefusal(error.cause);
}

async function readAttempt(js: JetStreamClient, seq: number): Promise<Attempt | undefined> {
  const stored = await readStored(js, streams.deliveries, seq);
  if (!stored) return undefined;
  const attempt = decodeAttempt(stored);
  // Written by a newer version, perhaps: whoever can read it shall decide.
  if (!attempt.ok) throw new Error(`the attempt recorded at ${seq} can not be read: ${attempt.reason}`);
  return attempt.value;
}
