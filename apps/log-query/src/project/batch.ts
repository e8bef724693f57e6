import { timeOfId, type Attempt } from '@cepro/contracts';
import { evolveDelivery, type DeliveryState } from './delivery.ts';
import type { Fact } from './fact.ts';

/** A delivery that is new to the log. */
export interface NewDelivery extends DeliveryChange {
  readonly accountId: string;
  readonly endpointId: string;
  readonly eventId: string | null;
  readonly eventType: string;
  readonly test: boolean;
  readonly payload: string;
}

/** The state in which a batch leaves a delivery. */
export interface DeliveryChange {
  readonly deliveryId: string;
  /** The time inside its id, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the last fact was stored that changed it, in milliseconds since the epoch. */
  readonly updatedAt: number;
  readonly state: DeliveryState;
}

export interface NewAttempt {
  readonly endpointId: string;
  readonly createdAt: number;
  readonly test: boolean;
  readonly attempt: Attempt;
}

/** What a batch of facts comes to. */
export interface Folded {
  readonly created: NewDelivery[];
  readonly changed: DeliveryChange[];
  readonly attempts: NewAttempt[];
}

/** Folds facts, in the stream's order, over the deliveries known before: each delivery is written once a batch. */
export function foldBatch(known: ReadonlyMap<string, DeliveryState>, facts: readonly Fact[]): Folded {
  const states = new Map(known);
  const created = new Map<string, NewDelivery>();
  const changed = new Map<string, DeliveryChange>();
  const attempts: NewAttempt[] = [];
  for (const fact of facts) {
    const { deliveryId, endpointId, storedAt } = fact;
    const createdAt = timeOfId(deliveryId);
    if (fact.what === 'attempted' || fact.what === 'tested') {
      attempts.push({ endpointId, createdAt, test: fact.what === 'tested', attempt: fact.attempt });
    }
    const before = states.get(deliveryId);
    const state = evolveDelivery(before, fact);
    if (!state || state === before) continue;
    states.set(deliveryId, state);
    const change: DeliveryChange = { deliveryId, createdAt, updatedAt: storedAt, state };
    const fresh = created.get(deliveryId);
    if (fresh) created.set(deliveryId, { ...fresh, ...change });
    else if (before) changed.set(deliveryId, change);
    else created.set(deliveryId, { ...change, endpointId, ...originOf(fact) });
  }
  return { created: [...created.values()], changed: [...changed.values()], attempts };
}

function originOf(fact: Fact): Pick<NewDelivery, 'accountId' | 'eventId' | 'eventType' | 'test' | 'payload'> {
  switch (fact.what) {
    case 'scheduled':
    case 'retry': {
      const { accountId, eventId, eventType, payload } = fact.request;
      return { accountId, eventId, eventType, payload, test: false };
    }
    case 'tested': {
      const { accountId, eventType } = fact.attempt;
      return { accountId, eventId: null, eventType, payload: fact.payload, test: true };
    }
    default:
      throw new Error(`a fact "${fact.what}" begins no delivery`);
  }
}
