import { isEventType, matches, type EndpointChange, type EventType } from '@cepro/contracts';

/** What the router keeps of an endpoint: as little as decides whether an event goes there. */
interface Subscription {
  readonly endpointId: string;
  active: boolean;
  events: ReadonlySet<EventType>;
}

/**
 * All subscriptions, by account: an event costs as much as its account has endpoints, however many there are in all.
 * Holds neither URLs nor secrets, which is why changes are taken here and not by the contracts' `evolveEndpoint`: with a
 * million endpoints, what is not kept counts.
 */
export class Subscriptions {
  readonly #accounts = new Map<string, Map<string, Subscription>>();
  // Most endpoints subscribe to one of a few combinations of events, so the sets are shared.
  readonly #sets = new Map<string, ReadonlySet<EventType>>();

  /** Drops everything, to be taken from the beginning again. */
  clear(): void {
    this.#accounts.clear();
  }

  /** Takes a change, in the order of the configuration stream. */
  apply({ accountId, endpointId, events }: EndpointChange): void {
    for (const event of events) {
      const endpoint = this.#accounts.get(accountId)?.get(endpointId);
      switch (event.type) {
        case 'created':
          this.#endpointsOf(accountId).set(endpointId, { endpointId, active: event.active, events: this.#shared(event.events) });
          break;
        case 'changed':
          if (endpoint && event.events) endpoint.events = this.#shared(event.events);
          break;
        case 'enabled':
          if (endpoint) endpoint.active = true;
          break;
        case 'disabled':
          if (endpoint) endpoint.active = false;
          break;
        case 'deleted':
          this.#accounts.get(accountId)?.delete(endpointId);
          if (this.#accounts.get(accountId)?.size === 0) this.#accounts.delete(accountId);
          break;
        case 'secret_sealed':
          break;
      }
    }
  }

  /** The endpoints of the account that are on and subscribe to the type. */
  match(accountId: string, type: EventType): string[] {
    const matching: string[] = [];
    for (const subscription of this.#accounts.get(accountId)?.values() ?? []) {
      if (matches(subscription, type)) matching.push(subscription.endpointId);
    }
    return matching;
  }

  #endpointsOf(accountId: string): Map<string, Subscription> {
    const existing = this.#accounts.get(accountId);
    if (existing) return existing;
    const made = new Map<string, Subscription>();
    this.#accounts.set(accountId, made);
    return made;
  }

  #shared(names: readonly EventType[]): ReadonlySet<EventType> {
    const events = names.filter(isEventType).sort();
    const key = events.join();
    const existing = this.#sets.get(key);
    if (existing) return existing;
    const made = new Set(events);
    this.#sets.set(key, made);
    return made;
  }
}
