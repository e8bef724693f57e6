import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DomainError, absentEndpoint, accountConfigSubjects, configSubject, encodeEndpointEvents, evolveEndpoint, streams,
  type EndpointEvent, type EndpointState,
} from '@cepro/contracts';
import { findStored, isConflict, lastSequence, readChange, readHeld } from '@cepro/jetstream';
import { reasonOf, type Logger } from '@cepro/service';
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { withPatience, type Persist } from './patience.ts';

/** Which endpoint. */
export interface EndpointAddress {
  readonly accountId: string;
  readonly endpointId: string;
}

/** An endpoint as the stream has it. */
export interface StoredEndpoint {
  readonly state: EndpointState;
  /** The sequence of its last message, 0 if it has none. */
  readonly version: number;
}

/** What came of a command. Without events it changed nothing. */
export interface StoredChange extends StoredEndpoint {
  readonly events: readonly EndpointEvent[];
}

/** What must not have changed for an append to count: the last sequence of the endpoint's subject, or of a wildcard. */
interface Expectation {
  readonly lastSubjectSequence: number;
  readonly lastSubjectSequenceSubject?: string;
}

const patienceMs = 5_000;
/** Short enough for a second try within the patience. */
const requestTimeoutMs = 2_000;
const maxTries = 10;
/** Two that collided must not collide again: each waits for a random part of this, longer with each try. */
const jitterMs = 20;

/** Endpoints as event-sourced aggregates: the subject of each is its history, and nothing is appended to a history that was not read. */
export class EndpointStore {
  constructor(private readonly connection: () => Promise<NatsConnection>, private readonly logger: Logger) {}

  /** @throws DomainError `unavailable` */
  load(address: EndpointAddress): Promise<StoredEndpoint> {
    return this.#patiently((persist, js) => persist(() => this.#load(js, address)));
  }

  /**
   * Appends what `decide` makes of the endpoint's state, in one message: all of it or nothing. When the endpoint changes
   * at the same moment it is read and decided again.
   *
   * @throws DomainError what `decide` throws, `endpoint-conflict` or `unavailable`. After `unavailable` the change may
   *   still come about, if the server stored it and only its answer was lost for good.
   */
  update(address: EndpointAddress, decide: (state: EndpointState) => readonly EndpointEvent[]): Promise<StoredChange> {
    return this.#append(address, async (persist, js) => {
      const { state, version } = await persist(() => this.#load(js, address));
      return { state, version, events: decide(state), expect: { lastSubjectSequence: version } };
    });
  }

  /**
   * Appends the first events of an endpoint, unless any endpoint of the account changed since `mayCreate` was asked, in
   * which case it is asked again: so a limit on the account's endpoints holds however many are created at once.
   *
   * @param mayCreate is given the sequence of the account's last change, and throws a DomainError to refuse.
   * @throws DomainError as {@link update}.
   */
  create(
    address: EndpointAddress, events: readonly EndpointEvent[], mayCreate: (accountSequence: number) => Promise<void>,
  ): Promise<StoredChange> {
    const account = accountConfigSubjects(address.accountId);
    return this.#append(address, async (persist, js) => {
      const accountSequence = await persist(() => lastSequence(js, streams.config, account));
      await mayCreate(accountSequence);
      const expect = { lastSubjectSequence: accountSequence, lastSubjectSequenceSubject: account };
      return { state: absentEndpoint, version: 0, events, expect };
    });
  }

  /** Drops everything of a deleted endpoint but its last message, that which says so. */
  async purge({ accountId, endpointId }: EndpointAddress): Promise<void> {
    const jsm = await (await this.#jetstream()).jetstreamManager(false);
    await jsm.streams.purge(streams.config, { filter: configSubject(accountId, endpointId), keep: 1 });
  }

  async #jetstream(): Promise<JetStreamClient> {
    return jetstream(await this.connection(), { timeout: requestTimeoutMs });
  }

  #patiently<T>(work: (persist: Persist, js: JetStreamClient) => Promise<T>): Promise<T> {
    return withPatience(
      patienceMs,
      async (persist) => work(persist, await persist(() => this.#jetstream())),
      (lastFailure) => this.logger.error({ reason: reasonOf(lastFailure) }, 'gave up on the configuration stream'),
    );
  }

  #append(
    address: EndpointAddress, prepare: (persist: Persist, js: JetStreamClient) => Promise<StoredChange & { expect: Expectation }>,
  ): Promise<StoredChange> {
    return this.#patiently(async (persist, js) => {
      const msgId = `${address.endpointId}:${randomUUID()}`;
      for (let attempt = 1; attempt <= maxTries; attempt += 1) {
        const { state, version, events, expect } = await prepare(persist, js);
        if (events.length === 0) return { state, version, events };
        const stored = await this.#publish(persist, js, address, events, msgId, expect);
        if (stored !== undefined) {
          return { state: evolveEndpoint(state, { ...address, version: stored, events }), version: stored, events };
        }
        await sleep(Math.random() * jitterMs * attempt);
      }
      throw new DomainError('endpoint-conflict');
    });
  }

  /** The sequence of the stored message, `undefined` if something else came first. */
  async #publish(
    persist: Persist, js: JetStreamClient, { accountId, endpointId }: EndpointAddress, events: readonly EndpointEvent[], msgId: string,
    expect: Expectation,
  ): Promise<number | undefined> {
    const subject = configSubject(accountId, endpointId);
    const since = Date.now();
    let uncertain = false;
    return await persist(async () => {
      try {
        return (await js.publish(subject, encodeEndpointEvents(events), { msgID: msgId, expect })).seq;
      } catch (error) {
        if (!isConflict(error)) {
          uncertain = true;
          throw error;
        }
        // The server looks at the expectation before the id. If an earlier try got no answer, what is in the way may be
        // that very message.
        return uncertain ? await findStored(js, { stream: streams.config, subject, msgId, since }) : undefined;
      }
    });
  }

  async #load(js: JetStreamClient, { accountId, endpointId }: EndpointAddress): Promise<StoredEndpoint> {
    const subject = configSubject(accountId, endpointId);
    let state: EndpointState = absentEndpoint;
    let version = 0;
    for await (const message of readHeld(js, streams.config, subject)) {
      const change = readChange(message);
      if (change.ok) state = evolveEndpoint(state, change.value);
      else this.logger.error({ subject, sequence: message.seq, reason: change.reason }, 'a configuration message can not be read; passed over');
      version = message.seq;
    }
    return { state, version };
  }
}
