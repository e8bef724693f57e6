import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { createInbox, headers as natsHeaders, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

/** Publishes to JetStream and resolves when the server has stored it: the client's own `JetStreamClient`, or an {@link Outbox}. */
export interface AckedPublisher {
  publish(subject: string, data: Uint8Array | string, options: { msgID: string; headers?: MsgHdrs | undefined }): Promise<PubAck>;
}

interface Waiting {
  readonly since: number;
  readonly resolve: (ack: PubAck) => void;
  readonly reject: (error: Error) => void;
}

/** As long as the client's own `publish` waits by default. */
const answerMs = 5_000;
const lookMs = 500;

/**
 * Publishes for a process that does so thousands of times a second. All that is sent in one turn of the event loop leaves in
 * one write, and all answers come to one subscription, under one timer; the client's `publish` makes a request with a write
 * and a timer of its own each time.
 */
export class Outbox implements AckedPublisher {
  readonly #inbox = createInbox();
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #turn: (() => void)[] = [];
  #look: NodeJS.Timeout | undefined;

  constructor(private readonly connection: NatsConnection) {
    connection.subscribe(`${this.#inbox}.*`, {
      // An error of the subscription is told to the connection's owner; what waits is given up in time.
      callback: (error, message) => { if (!error) this.#hear(message); },
    });
  }

  /**
   * Resolves with the server's acknowledgement.
   * @throws JetStreamApiError if the server refuses the message; Error if it does not answer within 5 s, as while it is away,
   * when the message may have been stored or not.
   */
  async publish(subject: string, data: Uint8Array | string, { msgID, headers = natsHeaders() }: Parameters<AckedPublisher['publish']>[2]): Promise<PubAck> {
    headers.set('Nats-Msg-Id', msgID);
    const { promise, resolve, reject } = Promise.withResolvers<PubAck>();
    const id = (this.#count += 1).toString(36);
    this.#waiting.set(id, { since: performance.now(), resolve, reject });
    this.#look ??= setInterval(() => this.#giveUp(), lookMs);
    this.inTurn(() => {
      try {
        this.connection.publish(subject, data, { headers: headers, reply: `${this.#inbox}.${id}` });
      } catch (error) {
        this.#waiting.delete(id);
        reject(error as Error);
      }
    });
    return await promise;
  }

  /**
   * Does it together with whatever else is sent in this turn of the event loop: settling messages, for instance. Once the
   * connection is closed nothing is done; a message that was not settled comes again.
   */
  inTurn(send: () => void): void {
    if (this.#turn.push(send) === 1) setImmediate(() => this.flush());
  }

  /** Sends now what waits for the end of the turn. */
  flush(): void {
    const turn = this.#turn;
    this.#turn = [];
    for (const send of turn) {
      try {
        send();
      } catch {
        // The connection is closed. Whoever waits for an answer hears of it where it was to be published.
      }
    }
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

  #giveUp(): void {
    const before = performance.now() - answerMs;
    // In the order in which they were sent.
    for (const [id, { since, reject }] of this.#waiting) {
      if (since > before) break;
      this.#waiting.delete(id);
      reject(new Error('the server has not acknowledged the message'));
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}

function ackOf(message: Msg): PubAck {
  if (message.headers?.code === 503) throw new Error('no stream takes this subject, or JetStream is away');
  const answer = message.json<PubAck & { error?: ConstructorParameters<typeof JetStreamApiError>[0] }>();
  if (answer.error) throw new JetStreamApiError(answer.error);
  if (!answer.stream) throw new Error('the server\'s acknowledgement names no stream');
  return { ...answer, duplicate: answer.duplicate ?? false };
}
