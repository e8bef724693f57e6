import type { Msg, MsgHdrs } from '@nats-io/transport-node';

const encoder = new TextEncoder();
// https://docs.nats.io/reference/reference-protocols/nats_api_reference#acknowledging-messages
const ack = encoder.encode('+ACK');
const nakNow = encoder.encode('-NAK');
const inProgress = encoder.encode('+WPI');

/** A message of a durable consumer, to be settled by one of `ack`, `nak` and `term`. */
export class WorkMessage {
  /** Its sequence in the stream. */
  readonly seq: number;
  /** How often the server has given it to somebody, this time included. */
  readonly deliveryCount: number;
  /** When it was stored, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly #receivedAt = performance.now();

  private constructor(private readonly message: Msg, deliveryCount: string, seq: string, nanoseconds: string) {
    this.deliveryCount = Number(deliveryCount);
    this.seq = Number(seq);
    this.storedAt = Math.floor(Number(nanoseconds) / 1_000_000);
  }

  /** `undefined` for a message that no consumer has sent: one without the address to settle it at. */
  static from(message: Msg): WorkMessage | undefined {
    // $JS.ACK.<stream>.<consumer>.<count>.<seq>.<consumer's seq>.<time>.<pending>, or with <domain>.<account> before the
    // stream and further tokens at the end (nats-server, ADR-15).
    const tokens = message.reply?.split('.') ?? [];
    if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
    const [count, seq, , time] = tokens.slice(tokens.length === 9 ? 4 : 6);
    return count && seq && time ? new WorkMessage(message, count, seq, time) : undefined;
  }

  /** How long it has been here, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#receivedAt;
  }

  get subject(): string {
    return this.message.subject;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.message.headers;
  }

  /** It is done: nobody gets it again. */
  ack(): void {
    this.message.respond(ack);
  }

  /** Hands it back, to come again at once or after whole milliseconds: given a fraction the server takes it for none. */
  nak(afterMs?: number): void {
    this.message.respond(afterMs ? encoder.encode(`-NAK {"delay":${Math.ceil(afterMs)}000000}`) : nakNow);
  }

  /** Nobody can do anything with it: nobody gets it again. */
  term(reason: string): void {
    this.message.respond(encoder.encode(`+TERM ${reason}`));
  }

  /** Tells the server that it is still in hand: its time to answer begins anew. */
  working(): void {
    this.message.respond(inProgress);
  }
}
