import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers as natsHeaders, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { inboxOf } from './connection.ts';

/** Where the server has stored a message; as a duplicate, where it had stored it before. */
export type StoredAt = Pick<PubAck, 'seq' | 'duplicate'>;

/** Publishes to JetStream and resolves when the server has stored it: the client's `JetStreamClient`, or a {@link BatchingPublisher}. */
export interface AckedPublisher {
  publish(subject: string, data: Uint8Array | string, options: { msgID: string; headers?: MsgHdrs | undefined }): Promise<StoredAt>;
}

interface Waiting {
  readonly since: number;
  readonly resolve: (stored: StoredAt) => void;
  readonly reject: (error: Error) => void;
}

/** As long as the services' JetStream client waits for an answer. */
const answerMs = 5_000;
const lookMs = 500;

/**
 * Publishes for a process that does so thousands of times a second: what is published and settled while the process handles
 * one batch of input leaves together, in as few writes as the client makes of it, and one timer watches over all answers. The
 * client's own `publish` writes each by itself, and has a timer and a request object for each (docs/adr/0008).
 */
export class BatchingPublisher implements AckedPublisher {
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #subscription: Subscription;
  #count = 0;
  #next: (() => void)[] = [];
  #look: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  /** `onError` is called with what {@link BatchingPublisher.withNextWrite} was given and has thrown: a fault in the program. */
  constructor(private readonly connection: NatsConnection, private readonly onError: (error: unknown) => void) {
    this.#inbox = inboxOf(connection);
    this.#subscription = this.#subscribe();
    void connection.closed().then(() => this.#giveUp(Number.POSITIVE_INFINITY, 'the connection was closed before the server acknowledged the message'));
  }

  /**
   * Resolves with the server's acknowledgement.
   * @throws JetStreamApiError if the server refuses the message. Error if no stream takes it, and if the server does not answer
   * within 5 s, as while it is away, or before the connection is closed: then it may have been stored or not.
   */
  publish(subject: string, data: Uint8Array | string, { msgID, headers = natsHeaders() }: Parameters<AckedPublisher['publish']>[2]): Promise<StoredAt> {
    headers.set('Nats-Msg-Id', msgID);
    const { promise, resolve, reject } = Promise.withResolvers<StoredAt>();
    const id = (this.#count += 1).toString(36);
    this.#waiting.set(id, { since: performance.now(), resolve, reject });
    this.#watch();
    // The client's own way from text to bytes takes twice as long, in memory outside of the heap.
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.withNextWrite(() => {
      try {
        this.connection.publish(subject, bytes, { headers, reply: `${this.#inbox}.${id}` });
      } catch (error) {
        this.#waiting.delete(id);
        reject(error as Error);
      }
    });
    return promise;
  }

  /** Does it together with what is published next: settling messages, for instance. */
  withNextWrite(send: () => void): void {
    if (this.#next.push(send) === 1) setImmediate(() => this.flush());
  }

  /** Sends now what waits for that: before the connection is closed, or it would be lost. */
  flush(): void {
    const next = this.#next;
    this.#next = [];
    for (const send of next) {
      try {
        send();
      } catch (error) {
        this.onError(error);
      }
    }
  }

  #subscribe(): Subscription {
    // An error ends the subscription, such as a permission that was taken away: it is made again as long as answers are wanted.
    return this.connection.subscribe(`${this.#inbox}.*`, { callback: (error, message) => { if (!error) this.#hear(message); } });
  }

  #hear(message: Msg): void {
    const id = message.subject.slice(this.#inbox.length + 1);
    const waiting = this.#waiting.get(id);
    // Too late: it has been given up.
    if (!waiting) return;
    this.#waiting.delete(id);
    try {
      waiting.resolve(ackOf(message));
    } catch (error) {
      waiting.reject(error as Error);
    }
  }

  #watch(): void {
    if (this.#look) return;
    this.#lookedAt = performance.now();
    this.#look = setInterval(() => {
      const now = performance.now();
      // After a stall of this process timers come before what has arrived meanwhile: that is no silence of the server.
      const stalled = now - this.#lookedAt > 2 * lookMs;
      this.#lookedAt = now;
      if (stalled) return;
      if (this.#subscription.isClosed() && !this.connection.isClosed() && !this.connection.isDraining()) this.#subscription = this.#subscribe();
      this.#giveUp(now - answerMs, 'the server has not acknowledged the message');
    }, lookMs);
  }

  /** Those that were sent before then. */
  #giveUp(before: number, why: string): void {
    // In the order in which they were sent.
    for (const [id, { since, reject }] of this.#waiting) {
      if (since > before) break;
      this.#waiting.delete(id);
      reject(new Error(why));
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}

function ackOf(message: Msg): StoredAt {
  if (message.headers?.code === 503) throw new Error('no stream takes this subject, or JetStream is away');
  const answer = message.json<Partial<PubAck> & { error?: ConstructorParameters<typeof JetStreamApiError>[0] }>();
  if (answer.error) throw new JetStreamApiError(answer.error);
  if (!answer.stream || answer.seq === undefined) throw new Error('the server\'s acknowledgement can not be read');
  return { seq: answer.seq, duplicate: answer.duplicate ?? false };
}
