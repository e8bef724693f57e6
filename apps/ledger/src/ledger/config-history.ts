import { evolveSubscription, isEventType, matches, type EndpointChange, type EventType, type Subscription } from '@cepro/contracts';

/** A subscription from one version of the configuration on, and what it was before. */
interface Chapter extends Subscription {
  readonly version: number;
  readonly before: Chapter | undefined;
}

/**
 * Every subscription as of every version of the configuration. Of a deleted endpoint nothing is left but that it was one:
 * its history is erased from the stream.
 */
export class ConfigHistory {
  readonly #accounts = new Map<string, Map<string, Chapter>>();
  readonly #deleted = new Set<string>();
  // Most endpoints subscribe to one of a few combinations of events.
  readonly #sets = new Map<string, ReadonlySet<EventType>>();

  /** Takes a change, in the order of the configuration stream. */
  apply({ accountId, endpointId, version, events }: EndpointChange): void {
    if (this.#deleted.has(endpointId)) return;
    if (events.some(({ type }) => type === 'deleted')) {
      this.#deleted.add(endpointId);
      this.#accounts.get(accountId)?.delete(endpointId);
      return;
    }
    const account = this.#account(accountId);
    const before = account.get(endpointId);
    const after = events.reduce<Subscription | undefined>(evolveSubscription, before);
    if (!after || (after.active === before?.active && after.events === before.events)) return;
    account.set(endpointId, { active: after.active, events: this.#shared(after.events), version, before });
  }

  /** How many endpoints were deleted so far. */
  get deletions(): number {
    return this.#deleted.size;
  }

  isDeleted(endpointId: string): boolean {
    return this.#deleted.has(endpointId);
  }

  /** The account's endpoints that get an event of that type by that version of the configuration, and are not deleted since. */
  matching(accountId: string, type: EventType, version: number): string[] {
    const endpoints = this.#accounts.get(accountId) ?? [];
    return [...endpoints].flatMap(([endpointId, latest]) => (isMatch(latest, type, version) ? [endpointId] : []));
  }

  /** Whether that one does, or is deleted since, so that nobody can tell any more. */
  isWarranted(accountId: string, endpointId: string, type: EventType, version: number): boolean {
    return this.#deleted.has(endpointId) || isMatch(this.#accounts.get(accountId)?.get(endpointId), type, version);
  }

  #account(accountId: string): Map<string, Chapter> {
    const existing = this.#accounts.get(accountId);
    if (existing) return existing;
    const made = new Map<string, Chapter>();
    this.#accounts.set(accountId, made);
    return made;
  }

  #shared(events: Subscription['events']): ReadonlySet<EventType> {
    const known = [...events].filter(isEventType).sort();
    const key = known.join();
    const existing = this.#sets.get(key);
    if (existing) return existing;
    const made = new Set(known);
    this.#sets.set(key, made);
    return made;
  }
}

function isMatch(latest: Chapter | undefined, type: EventType, version: number): boolean {
  let chapter = latest;
  while (chapter && chapter.version > version) chapter = chapter.before;
  return chapter !== undefined && matches(chapter, type);
}
