/** An attempt, named by its delivery and its number. */
export type AttemptName = `${string}:${number}`;

/** An event for which the publisher has the server's acknowledgement. */
export interface AcknowledgedEvent {
  /** Its `Nats-Msg-Id`. */
  readonly msgId: string;
  readonly sequence: number;
}

/** An event as the stream holds it. */
export interface StoredEvent extends AcknowledgedEvent {
  readonly eventId: string;
  readonly accountId: string;
  readonly eventType: string;
}

/** An endpoint that is on from before the first event until after the last. */
export interface ListeningEndpoint {
  readonly id: string;
  readonly accountId: string;
  readonly events: readonly string[];
}

/** An attempt as it is on record. Times are in milliseconds since the epoch. */
export interface RecordedAttempt {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly startedAt: number;
  readonly nextAttemptAt: number | null;
  /** When the stream stored it. */
  readonly storedAt: number;
}

/** A request as a receiver saw it. */
export interface SeenRequest {
  readonly deliveryId: string;
  readonly attempt: number;
  /** When its headers had arrived, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** The client's port, by which it is known whose it was. */
  readonly port: number;
  /** What it was answered. */
  readonly status: number;
}

/** A delivery's row in the log. */
export interface LoggedDelivery {
  readonly deliveryId: string;
  readonly status: string;
  readonly attempts: number;
}

/** An attempt's row in the log. */
export type LoggedAttempt = Omit<RecordedAttempt, 'storedAt'>;

/** Something that kept a worker from recording what it had in flight. Times are in milliseconds since the epoch. */
export type Cut =
  /** A worker was killed, or stood still for longer than `ack_wait`. `until`: no request of it can arrive later. */
  | { readonly what: 'killed' | 'stopped'; readonly at: number; readonly until: number; /** Its connections to the receiver at that moment. */ readonly ports: readonly number[] }
  /** NATS was away, for some or for all. `until`: every worker has said again that it is ready. */
  | { readonly what: 'cut off'; readonly at: number; readonly until: number }
  /** A single server was killed, and forgot what its consumers had heard last. */
  | { readonly what: 'forgotten'; readonly at: number; readonly until: number };

/** Everything that there is to know after a run, from all sides. */
export interface Evidence {
  readonly published: readonly AcknowledgedEvent[];
  readonly events: readonly StoredEvent[];
  readonly endpoints: readonly ListeningEndpoint[];
  /** The deliveries' ids, once for each message. */
  readonly scheduled: readonly string[];
  readonly attempts: readonly RecordedAttempt[];
  readonly cancelled: readonly string[];
  readonly requests: readonly SeenRequest[];
  readonly logDeliveries: readonly LoggedDelivery[];
  readonly logAttempts: readonly LoggedAttempt[];
  readonly cuts: readonly Cut[];
  readonly ackWaitMs: number;
}

export function nameOf({ deliveryId, attempt }: { readonly deliveryId: string; readonly attempt: number }): AttemptName {
  return `${deliveryId}:${attempt}`;
}
