import { type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { inboxOf } from './connection.ts';
import { WorkMessage } from './work-message.ts';

export interface PullOptions {
  readonly stream: string;
  readonly durable: string;
  /** How many messages may be on their way or waiting here. */
  readonly room: number;
  readonly onMessage: (message: WorkMessage) => void;
  /** Called when the server has refused a request, or has not answered one; it is asked again in a moment. */
  readonly onInterrupted: (error: Error) => void;
  /** As long as this is true nothing is asked for. What was asked for before may still come. */
  readonly isHeld?: (() => boolean) | undefined;
}

/**
 * How long a request for messages stands, in milliseconds, and so the longest that stopping takes beyond the work in hand,
 * and that a request goes unnoticed which the server has forgotten.
 */
export const pullMs = 3_000;
/** A request is over by then, whatever happened to the server's last word on it. */
const overMs = pullMs + 1_000;
const restartDelayMs = 500;
/** As long as nothing but refusals comes, such as for a consumer that is missing, the server is asked, and this is told, less and less often. */
const longestDelayMs = 8_000;

/**
 * Asks a durable consumer for as many messages as there is room for. Requests are not given up while they stand: what the
 * server was about to send for one would be lost on the way, and come again only after `ack_wait`. The client's own
 * `consume` and `fetch` unsubscribe at once when they are closed, so they can't promise that.
 */
export class Pulling {
  #subscription: Subscription;
  readonly #inbox: string;
  readonly #subject: string;
  readonly #look: NodeJS.Timeout;
  /** For how many further messages there is room. */
  #room: number;
  /** How many the server may still send. */
  #asked = 0;
  #lastAsked = 0;
  #lookedAt = performance.now();
  /** The connection that carried the last request: the server forgets requests with it. */
  #askedOn = '';
  #pausedUntil = 0;
  #refusals = 0;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(private readonly connection: NatsConnection, private readonly options: PullOptions) {
    this.#inbox = inboxOf(connection);
    this.#room = options.room;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.durable}`;
    this.#subscription = this.#subscribe();
    this.#look = setInterval(() => this.#lookAround(), restartDelayMs);
    this.#ask();
  }

  /** Makes room for another message: one that came has found its place. */
  makeRoom(): void {
    this.#room = Math.min(this.#room + 1, this.options.room - this.#asked);
    this.#ask();
  }

  /** Asks for nothing more, and resolves when nothing more can come. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    this.#checkClosed();
    await this.#closing.promise;
    clearInterval(this.#look);
    this.#subscription.unsubscribe();
  }

  #subscribe(): Subscription {
    return this.connection.subscribe(this.#inbox, {
      callback: (error, message) => (error ? this.#interrupted(error) : this.#take(message)),
    });
  }

  #ask(): void {
    // Half the room at a time, so that there are few requests, and always some that the server can answer.
    if (this.#closing || this.#room < 1 || (this.#asked > 0 && this.#room < this.options.room / 2)) return;
    if (performance.now() < this.#pausedUntil || this.options.isHeld?.()) return;
    try {
      this.connection.publish(this.#subject, `{"batch":${this.#room},"expires":${pullMs}000000}`, { reply: this.#inbox });
    } catch (error) {
      // The connection is closed for good, or closing.
      return this.#interrupted(error as Error);
    }
    this.#asked += this.#room;
    this.#room = 0;
    this.#lastAsked = performance.now();
    this.#askedOn = this.#connectionId();
  }

  #take(message: Msg): void {
    const work = WorkMessage.from(message);
    if (!work) return this.#hear(message);
    this.#asked = Math.max(0, this.#asked - 1);
    this.#refusals = 0;
    this.options.onMessage(work);
    this.#checkClosed();
  }

  /** A status: the end of a request. */
  #hear({ headers }: Msg): void {
    const code = headers?.code ?? 0;
    // A sign of life, which nobody asked for.
    if (code === 100) return;
    const left = Number(headers?.get('Nats-Pending-Messages') || this.#asked);
    this.#giveBack(Number.isSafeInteger(left) ? left : this.#asked);
    // 408 is the usual end, 404 that of a request which would not wait; all others mean that something is wrong.
    if (code === 408 || code === 404) {
      this.#refusals = 0;
      return this.#ask();
    }
    this.#interrupted(new Error(headers?.description || `status ${code}`));
  }

  #interrupted(error: Error): void {
    if (!this.#closing && performance.now() >= this.#pausedUntil) this.options.onInterrupted(error);
    this.#pausedUntil = performance.now() + Math.min(restartDelayMs * 2 ** this.#refusals, longestDelayMs);
    this.#refusals += 1;
  }

  /** Nothing will come of so many that were asked for. */
  #giveBack(count: number): void {
    const over = Math.min(count, this.#asked);
    this.#asked -= over;
    this.#room += over;
    this.#checkClosed();
  }

  /** Finds requests that the server has forgotten, and goes on after a pause. */
  #lookAround(): void {
    const now = performance.now();
    // After a stall of this process timers come before what has arrived meanwhile: that is no silence of the server.
    if (now - this.#lookedAt > 2 * restartDelayMs) this.#lastAsked = now;
    this.#lookedAt = now;
    // An error ends the subscription, such as a permission that was taken away for a while.
    if (this.#subscription.isClosed() && !this.connection.isClosed() && !this.connection.isDraining()) this.#subscription = this.#subscribe();
    const silent = now - this.#lastAsked > overMs;
    if (this.#asked > 0 && (silent || this.#askedOn !== this.#connectionId())) {
      this.#giveBack(this.#asked);
      if (silent && !this.#closing) void this.#reportSilence();
    }
    this.#ask();
  }

  async #reportSilence(): Promise<void> {
    // While it is away there is nothing to say that the connection's owner would not say better.
    const isThere = await this.connection.rtt().then(() => true, () => false);
    if (isThere) this.options.onInterrupted(new Error('the server has not answered'));
  }

  #connectionId(): string {
    const { server_id: server, client_id: client } = this.connection.info ?? {};
    return `${server}/${client}`;
  }

  #checkClosed(): void {
    if (this.#asked === 0) this.#closing?.resolve();
  }
}
