import {
  catalogue, decodeAttempt, decodeCancellation, decodeDeliveryRequest, deliveryIdOf, endpointDeliverySubjects, eventIdOf,
  parseDeliverySubject, routerDurable, streams, type Attempt,
} from '@cepro/contracts';
import { wire } from '@cepro/jetstream';
import type { ApiClient, DeliveryResource, EndpointResource, System } from '@cepro/system';
import { eventually, type ReceivedRequest } from '@cepro/testkit';
import { WebhooksPublisher, type PublisherOptions } from '@cepro/webhooks-publisher';
import type { JsMsg } from '@nats-io/jetstream';

/** An attempt, named by its delivery and its number. */
export type AttemptName = `${string}:${number}`;

/** An endpoint that answers so many attempts of each delivery with 500 before it accepts one. */
export type FailingEndpoint = EndpointResource & { readonly secret: string; readonly failures: number; readonly path: string };

/** What is on record of an account's deliveries. */
interface Record {
  readonly scheduled: readonly string[];
  readonly attempts: readonly Attempt[];
  readonly cancelled: readonly string[];
}

/** What does not agree, by kind: ids of deliveries, or names of attempts. Empty lists all over are a clean sheet. */
export interface Audit {
  /** An event was stored, its endpoint listened, and no delivery was scheduled. */
  readonly lost: readonly string[];
  readonly scheduledTwice: readonly string[];
  /** Scheduled without an event. */
  readonly strangers: readonly string[];
  /** The recorded attempts' numbers are not 1…n, each once. */
  readonly misnumbered: readonly string[];
  /** The recorded outcomes are not those that the endpoint's answers call for. */
  readonly wrongOutcomes: readonly string[];
  /** What the API's log shows is not what is on record. */
  readonly wrongInLog: readonly string[];
  /** On record, but the receiver never saw it. */
  readonly neverArrived: readonly AttemptName[];
  /** The receiver saw it, and it is not on record. */
  readonly unrecorded: readonly AttemptName[];
  /** The receiver saw its number more than once. */
  readonly sentTwice: readonly AttemptName[];
}

/** The audit of a system in which nothing went wrong. */
export const cleanAudit: Audit = {
  lost: [], scheduledTwice: [], strangers: [], misnumbered: [], wrongOutcomes: [], wrongInLog: [], neverArrived: [], unrecorded: [], sentTwice: [],
};

/** How many attempts a delivery gets at most. */
const maxAttempts = 4;

/**
 * Keeps an account's books: what was published, what the streams have on record, what receivers saw and what the API
 * shows, and finds where they differ.
 */
export class Books {
  readonly endpoints: FailingEndpoint[] = [];
  readonly #eventIds: string[] = [];
  #published = 0;

  private constructor(readonly system: System, readonly account: ApiClient) {}

  /** Registers an endpoint for each of `failures`: how many attempts of each delivery it fails before it accepts one. */
  static async open(system: System, accountId: string, failures: readonly number[] = [0, 2, maxAttempts]): Promise<Books> {
    const books = new Books(system, await system.account(accountId));
    for (const [index, count] of failures.entries()) {
      const path = `/${accountId}/${index}`;
      const receiver = system.receiver.at(path);
      // By the number of the attempt and not by what came before, so that one that comes twice is answered alike.
      receiver.answer((request) => ({ status: attemptOf(request) <= count ? 500 : 200 }));
      books.endpoints.push({ ...(await books.account.anEndpoint({ url: receiver.url })), failures: count, path });
    }
    return books;
  }

  /** Publishes events, all at once, as a domain service does, and notes what the server acknowledged. */
  async publish(count: number, options: Partial<PublisherOptions> = {}): Promise<void> {
    const { accountId } = this.account;
    const publisher = new WebhooksPublisher(this.system.connection, { domain: 'test', timeoutMs: 60_000, ...options });
    const first = this.#published;
    this.#published += count;
    const sequences = await Promise.all(Array.from({ length: count }, async (_, index) => {
      const id = `inv_${first + index}`;
      const data = { ...catalogue['invoice.paid'].example, id };
      return (await publisher.publish({ type: 'invoice.paid', accountId, id: `${accountId}:${id}`, data })).sequence;
    }));
    const jsm = await this.system.jsm;
    for (const seq of sequences) {
      const message = await jsm.streams.getMessage(streams.events, { seq });
      if (!message) throw new Error(`event ${seq} was acknowledged and is not there`);
      this.#eventIds.push(eventIdOf(seq, message.time.getTime()));
    }
  }

  /** Waits until every delivery has come to its end and every message is settled. */
  async settled(): Promise<void> {
    await eventually(async () => {
      const { scheduled, attempts, cancelled } = await this.#record();
      const ended = new Set([...cancelled, ...attempts.filter(({ nextAttemptAt }) => nextAttemptAt === null).map(({ deliveryId }) => deliveryId)]);
      const open = this.#expected().filter(({ deliveryId }) => !scheduled.includes(deliveryId) || !ended.has(deliveryId));
      if (open.length > 0) throw new Error(`${open.length} deliveries have not ended, such as ${open[0]?.deliveryId}`);
    }, { intervalMs: 200 });
    await eventually(async () => {
      const unsettled = (await this.#consumers()).filter(({ num_ack_pending: held, num_pending: waiting }) => held + waiting > 0);
      if (unsettled.length > 0) throw new Error(`${unsettled.map(({ name }) => name).join(', ')} hold messages`);
    }, { intervalMs: 200 });
  }

  /** What the receivers got and what is on record right now: which requests are in flight is the difference. */
  async unrecorded(): Promise<AttemptName[]> {
    const recorded = new Set((await this.#record()).attempts.map(nameOf));
    return [...this.#received().keys()].filter((name) => !recorded.has(name)).sort();
  }

  /** Compares everything. The log is waited for, since it follows the streams. */
  async audit(): Promise<Audit> {
    const record = await this.#record();
    const received = this.#received();
    const expected = this.#expected();
    const ids = expected.map(({ deliveryId }) => deliveryId);
    const byDelivery = Map.groupBy(record.attempts, ({ deliveryId }) => deliveryId);
    const recorded = new Set(record.attempts.map(nameOf));
    const seenTwice = record.scheduled.filter((id, index) => record.scheduled.indexOf(id) !== index);
    const misnumbered = [...byDelivery].filter(([, attempts]) => attempts.some(({ attempt }, index) => attempt !== index + 1));
    const wrongOutcomes = expected.filter(({ deliveryId, failures }) =>
      outcomesOf(byDelivery.get(deliveryId) ?? []) !== outcomesFor(failures));
    return {
      lost: ids.filter((id) => !record.scheduled.includes(id)),
      scheduledTwice: seenTwice,
      strangers: record.scheduled.filter((id) => !ids.includes(id)),
      misnumbered: misnumbered.map(([id]) => id),
      wrongOutcomes: wrongOutcomes.map(({ deliveryId }) => deliveryId),
      wrongInLog: await this.#wrongInLog(ids, byDelivery),
      neverArrived: [...recorded].filter((name) => !received.has(name)),
      unrecorded: [...received.keys()].filter((name) => !recorded.has(name)),
      sentTwice: [...received].filter(([, count]) => count > 1).map(([name]) => name).sort(),
    };
  }

  /** Every delivery that the published events call for. */
  #expected(): { deliveryId: string; failures: number }[] {
    return this.#eventIds.flatMap((eventId) => this.endpoints.map(({ id, failures }) => ({ deliveryId: deliveryIdOf(eventId, id), failures })));
  }

  /** What the endpoints were sent, in order. */
  get requests(): ReceivedRequest[] {
    const paths = new Set(this.endpoints.map(({ path }) => path));
    return this.system.receiver.requests.filter(({ path }) => paths.has(path));
  }

  #received(): Map<AttemptName, number> {
    const counts = new Map<AttemptName, number>();
    for (const request of this.requests) {
      const name: AttemptName = `${String(request.headers['x-webhook-id'])}:${attemptOf(request)}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  async #record(): Promise<Record> {
    const scheduled: string[] = [];
    const attempts: Attempt[] = [];
    const cancelled: string[] = [];
    for (const message of await readAll(this.system, this.endpoints.map(({ id }) => endpointDeliverySubjects(id)))) {
      const subject = parseDeliverySubject(message.subject);
      const fact = subject.ok ? subject.value.fact : undefined;
      if (fact === 'scheduled') scheduled.push(valueOf(decodeDeliveryRequest(wire(message))).deliveryId);
      if (fact === 'attempted') attempts.push(valueOf(decodeAttempt(message.data)));
      if (fact === 'cancelled') cancelled.push(valueOf(decodeCancellation(message.data)).deliveryId);
    }
    return { scheduled, attempts, cancelled };
  }

  async #consumers() {
    const jsm = await this.system.jsm;
    return [await jsm.consumers.info(streams.events, routerDurable), ...(await Array.fromAsync(jsm.consumers.list(streams.deliveries)))]
      .filter(({ config }) => config.durable_name !== undefined);
  }

  async #wrongInLog(ids: readonly string[], recorded: ReadonlyMap<string, readonly Attempt[]>): Promise<string[]> {
    const shownOf = async (id: string) => {
      const { status, body } = await this.account.call<DeliveryResource>('GET', `/v1/deliveries/${id}`);
      return status === 200 ? body.attempts.map(({ attempt, outcome, statusCode }) => `${attempt} ${outcome} ${statusCode}`).join() : String(status);
    };
    // A few at a time: all at once would be a load test of the log, whose answers are then those of one that is overloaded.
    const wrong = [...ids];
    await eventually(async () => {
      const unread = wrong.splice(0);
      while (unread.length > 0) {
        const some = unread.splice(0, 16);
        const shown = await Promise.all(some.map((id) => shownOf(id).catch(String)));
        wrong.push(...some.filter((id, index) => shown[index] !== outcomesOf(recorded.get(id) ?? [])));
      }
      return wrong.length === 0;
    }, { intervalMs: 300 }).catch(() => undefined);
    return wrong;
  }
}

/** Every message of the deliveries' stream on the subjects, in order. */
async function readAll(system: System, subjects: readonly string[]): Promise<JsMsg[]> {
  const consumer = await system.js.consumers.get(streams.deliveries, { filter_subjects: [...subjects] });
  const { num_pending: count } = await consumer.info();
  const messages: JsMsg[] = [];
  while (messages.length < count) {
    for await (const message of await consumer.fetch({ max_messages: count - messages.length, expires: 2_000 })) messages.push(message);
  }
  await consumer.delete();
  return messages;
}

function nameOf({ deliveryId, attempt }: Pick<Attempt, 'deliveryId' | 'attempt'>): AttemptName {
  return `${deliveryId}:${attempt}`;
}

function attemptOf(request: ReceivedRequest): number {
  return Number(request.headers['x-webhook-attempt']);
}

/** The whole story of a delivery in a line, to compare. */
function outcomesOf(attempts: readonly Attempt[]): string {
  return attempts.map(({ attempt, outcome, statusCode }) => `${attempt} ${outcome} ${statusCode}`).join();
}

/** The story that a delivery should have whose endpoint fails so many attempts. */
function outcomesFor(failures: number): string {
  const count = Math.min(failures + 1, maxAttempts);
  return Array.from({ length: count }, (_, index) => {
    if (index === failures) return `${index + 1} Success 200`;
    return `${index + 1} ${index + 1 < maxAttempts ? 'Retrying' : 'Failed'} 500`;
  }).join();
}

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string }): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
