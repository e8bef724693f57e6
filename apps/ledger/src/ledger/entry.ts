import {
  decodeAttemptOutcome, decodeCancellation, decodeDeliveryRequest, fail, lanes, ok, parseDeliverySubject,
  type CancelReason, type EventType, type Lane, type Outcome, type Result, type WireMessage,
} from '@cepro/contracts';

/** The message that goes on with a delivery: whoever acknowledges it must have brought the delivery to its end, or handed it over. */
export interface Bearer {
  readonly lane: Lane;
  readonly shard: number;
  /** Its sequence in the stream of deliveries. */
  readonly sequence: number;
}

interface About {
  readonly deliveryId: string;
  readonly endpointId: string;
}

/** What the ledger takes from a message of the deliveries' stream. */
export type Entry =
  | (About & Bearer & { readonly what: 'scheduled'; readonly accountId: string; readonly eventId: string; readonly eventType: EventType; readonly configVersion: number })
  | (About & Bearer & { readonly what: 'retry'; readonly eventId: string })
  | (About & Bearer & { readonly what: 'diverted' })
  /** `retrying`: an attempt has failed, and another one is due. */
  | (About & { readonly what: 'retrying' | 'succeeded' | 'failed' })
  | (About & { readonly what: 'cancelled'; readonly reason: CancelReason });

const whatOf = { Success: 'succeeded', Failed: 'failed', Retrying: 'retrying' } as const satisfies Record<Outcome, Entry['what']>;

/** Reads a message; `null` if it changes nothing here: a Send Test. Never throws. */
export function readEntry(message: WireMessage, sequence: number): Result<Entry | null> {
  const subject = parseDeliverySubject(message.subject);
  if (!subject.ok) return subject;
  const { lane: laneToken, shard, endpointId, fact } = subject.value;
  const lane = lanes.find((name) => name === laneToken);
  if (!lane) return fail('the subject names no lane');
  switch (fact) {
    case 'scheduled':
    case 'retry':
    case 'diverted': {
      const request = decodeDeliveryRequest(message);
      if (!request.ok) return request;
      const { deliveryId, accountId, eventId, eventType, configVersion } = request.value;
      const about = { deliveryId, endpointId, lane, shard, sequence };
      if (fact === 'scheduled') return ok({ what: fact, ...about, accountId, eventId, eventType, configVersion });
      return ok(fact === 'retry' ? { what: fact, ...about, eventId } : { what: fact, ...about });
    }
    case 'attempted': {
      const attempt = decodeAttemptOutcome(message.data);
      if (!attempt.ok) return attempt;
      const { deliveryId, outcome } = attempt.value;
      return ok({ what: whatOf[outcome], deliveryId, endpointId });
    }
    case 'cancelled': {
      const cancellation = decodeCancellation(message.data);
      return cancellation.ok ? ok({ what: 'cancelled', endpointId, ...cancellation.value }) : cancellation;
    }
    case 'tested':
      return ok(null);
  }
}
