import { deliveryIdOf } from '@cepro/contracts';
import { nameOf, type AttemptName, type Evidence, type LoggedAttempt, type RecordedAttempt, type SeenRequest } from './evidence.ts';
import { causes, explainRepeats, type Cause } from './repeats.ts';

/** What may be found, in the order of the report, each in words. */
export const findingTitles = {
  eventsLost: 'acknowledged events that the stream does not hold',
  eventsDoubled: 'events stored twice',
  lost: 'lost: no delivery for an endpoint that listened',
  unfinished: 'deliveries that never ended',
  cancelled: 'deliveries cancelled though nobody switched anything off',
  scheduledTwice: 'deliveries scheduled twice',
  strangers: 'deliveries without an event',
  doubled: 'attempts doubled without a reason',
  misnumbered: 'deliveries with wrong attempt numbers',
  neverArrived: 'attempts on record with an answer that no receiver gave',
  unrecorded: 'requests that arrived and are not on record',
  logMissing: 'log rows missing',
  logDoubled: 'log rows doubled',
  logDiffers: 'log rows that differ from the record, or have none',
} as const;
export type Finding = keyof typeof findingTitles;

export interface Audit {
  /** What does not agree: ids, and names of attempts. Empty lists all over are a clean sheet. */
  readonly findings: Readonly<Record<Finding, readonly string[]>>;
  /** Attempts that came once more, by why. */
  readonly explained: Readonly<Record<Cause, readonly AttemptName[]>>;
  /** How much there was to compare. */
  readonly counts: {
    readonly published: number;
    readonly deliveries: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly attempts: number;
    readonly requests: number;
    /** Attempts that got no answer, as when their worker stood still. */
    readonly unanswered: number;
  };
}

/** What time may mend: it is waited for before the last word is said. */
const mendable: readonly Finding[] = ['lost', 'unfinished', 'unrecorded', 'logMissing', 'logDiffers'];

export function isSettled({ findings }: Audit): boolean {
  return mendable.every((finding) => findings[finding].length === 0);
}

/** Compares what was published with what is on record, what receivers saw and what the log says. */
export function audit(evidence: Evidence): Audit {
  const { published, events, scheduled, attempts, cancelled, requests } = evidence;
  const expected = expectedDeliveries(evidence);
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId);
  const stories = new Map([...new Set(scheduled)].map((id) => [id, storyOf(byDelivery.get(id) ?? [], cancelled.includes(id))]));
  const stored = new Map(events.map(({ sequence, msgId }) => [sequence, msgId]));
  const repeats = findRepeats(evidence);
  const ended = [...stories.values()].map(({ status }) => status);
  return {
    findings: {
      eventsLost: published.filter(({ msgId, sequence }) => stored.get(sequence) !== msgId).map(({ msgId }) => msgId),
      eventsDoubled: repeated(events.map(({ msgId }) => msgId)),
      lost: [...expected].filter((id) => !stories.has(id)),
      unfinished: [...stories].filter(([, { status }]) => status === 'pending').map(([id]) => id),
      cancelled,
      scheduledTwice: repeated(scheduled),
      strangers: [...new Set([...scheduled, ...byDelivery.keys()])].filter((id) => !expected.has(id)),
      doubled: repeats.flatMap(({ name, cause }) => (cause ? [] : [name])),
      misnumbered: [...byDelivery].filter(([, each]) => !isNumbered(each)).map(([id]) => id),
      ...compareWithReceivers(attempts, requests),
      ...compareWithLog(evidence, stories),
    },
    explained: Object.fromEntries(causes.map((cause) => [cause, namesOf(repeats, cause)])) as Record<Cause, AttemptName[]>,
    counts: {
      published: published.length,
      deliveries: stories.size,
      succeeded: ended.filter((status) => status === 'succeeded').length,
      failed: ended.filter((status) => status === 'failed').length,
      attempts: attempts.length,
      requests: requests.length,
      unanswered: attempts.filter(({ statusCode }) => statusCode === null).length,
    },
  };
}

/** Every delivery that the stored events call for. */
function expectedDeliveries({ events, endpoints }: Evidence): Set<string> {
  return new Set(events.flatMap(({ eventId, accountId, eventType }) => endpoints
    .filter((endpoint) => endpoint.accountId === accountId && endpoint.events.includes(eventType))
    .map(({ id }) => deliveryIdOf(eventId, id))));
}

interface Story {
  readonly status: 'pending' | 'succeeded' | 'failed' | 'cancelled';
  readonly attempts: number;
}

/** How a delivery went, by the attempts on record. */
function storyOf(attempts: readonly RecordedAttempt[], cancelled: boolean): Story {
  const last = attempts.reduce<RecordedAttempt | undefined>((latest, each) => (latest && latest.attempt > each.attempt ? latest : each), undefined);
  const count = last?.attempt ?? 0;
  if (last?.outcome === 'Success') return { status: 'succeeded', attempts: count };
  if (last && last.nextAttemptAt === null) return { status: 'failed', attempts: count };
  return { status: cancelled ? 'cancelled' : 'pending', attempts: count };
}

/** Numbers are 1, 2, 3 …, each once and in this order; all but the last have a next one. */
function isNumbered(attempts: readonly RecordedAttempt[]): boolean {
  return attempts.every(({ attempt, nextAttemptAt }, index) => attempt === index + 1 && (nextAttemptAt !== null || index === attempts.length - 1));
}

function findRepeats({ attempts, requests, cuts, ackWaitMs }: Evidence): { name: AttemptName; cause: Cause | undefined }[] {
  const recordedAt = new Map(attempts.map((attempt) => [nameOf(attempt), attempt.storedAt]));
  return [...Map.groupBy(requests, nameOf)].filter(([, each]) => each.length > 1).flatMap(([name, each]) => {
    const ordered = [...each].sort((a, b) => a.receivedAt - b.receivedAt);
    return explainRepeats(ordered, recordedAt.get(name), cuts, ackWaitMs).map((cause) => ({ name, cause }));
  });
}

function namesOf(repeats: readonly { name: AttemptName; cause: Cause | undefined }[], wanted: Cause): AttemptName[] {
  return repeats.filter(({ cause }) => cause === wanted).map(({ name }) => name);
}

function compareWithReceivers(attempts: readonly RecordedAttempt[], requests: readonly SeenRequest[]) {
  const recorded = new Set(attempts.map(nameOf));
  const answers = Map.groupBy(requests, nameOf);
  return {
    // An attempt without an answer may never have got through.
    neverArrived: attempts
      .filter((attempt) => attempt.statusCode !== null && !answers.get(nameOf(attempt))?.some(({ status }) => status === attempt.statusCode))
      .map(nameOf),
    unrecorded: [...answers.keys()].filter((name) => !recorded.has(name)),
  };
}

function compareWithLog({ attempts, logDeliveries, logAttempts }: Evidence, stories: ReadonlyMap<string, Story>) {
  const record = new Map<string, string>([
    ...[...stories].map(([id, { status, attempts: count }]) => [id, `${status} ${count}`] as const),
    // The first under a number is the one that counts.
    ...attempts.toReversed().map((attempt) => [nameOf(attempt), entryOf(attempt)] as const),
  ]);
  const log = [
    ...logDeliveries.map(({ deliveryId, status, attempts: count }) => [deliveryId, `${status} ${count}`] as const),
    ...logAttempts.map((attempt) => [nameOf(attempt), entryOf(attempt)] as const),
  ];
  const logged = new Set<string>(log.map(([name]) => name));
  return {
    logMissing: [...record.keys()].filter((name) => !logged.has(name)),
    logDoubled: repeated(log.map(([name]) => name)),
    logDiffers: log.filter(([name, text]) => record.get(name) !== text).map(([name]) => name),
  };
}

/** An attempt in a line, to compare. */
function entryOf({ outcome, statusCode, error, startedAt, nextAttemptAt }: LoggedAttempt): string {
  return [outcome, statusCode, error, startedAt, nextAttemptAt].join(' ');
}

/** What is there more than once, once for each time too many. */
function repeated<T>(things: readonly T[]): T[] {
  const seen = new Set<T>();
  return things.filter((thing) => seen.size === seen.add(thing).size);
}
