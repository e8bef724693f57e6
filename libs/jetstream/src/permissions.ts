import {
  catalogue, deadLetterSubjects, deliveryFactSubjects, eventTypes, lanes, normalLane, notificationsDurable, notificationSubjects, ratesBucket, retriesBucket,
  routerDurable, routingSubject, sendTestSubject, slowLane, streams, workerDurable, type DeliveryFact, type EventType, type Lane,
} from '@cepro/contracts';
import { inboxPrefixOf } from './connection.ts';

/** Each of our processes, by what it may do. `operator` looks at everything and changes nothing; `backup` takes backups of streams and restores them. */
export const serviceUsers = ['provision', 'config-api', 'event-router', 'delivery-worker', 'log-query', 'ledger', 'operator', 'backup'] as const;
export type ServiceUser = (typeof serviceUsers)[number];

/** CE Pro's services that publish events: one for each group of the catalogue's event types, such as `invoices`. */
export const publishingDomains: readonly string[] = [...new Set(eventTypes.map((type) => catalogue[type].group.toLowerCase()))];

/** The service of CE Pro that tells the customer of endpoints in trouble. */
export const notificationsUser = 'customer-notices';

/** Others, who are kept in an account of their own (docs/adr/0014). */
export const foreignUsers: readonly string[] = [...publishingDomains, notificationsUser];

/** Everybody. */
export const natsUsers: readonly string[] = [...serviceUsers, ...foreignUsers];

/** What a user may do; everything else is refused. */
export interface Permissions {
  readonly publish: readonly string[];
  /** What is taken from the former again. */
  readonly neverPublish: readonly string[];
  /** With a queue behind a blank: as a member of that queue alone. */
  readonly subscribe: readonly string[];
  /** It may answer a request that it was sent, once, wherever the asker wants its answer, for so many seconds. */
  readonly answersWithinSeconds?: number;
}

/** The longest that a Send Test is waited for (`SEND_TEST_TIMEOUT_MS`). */
const sendTestSeconds = 120;

type Grant = Partial<Permissions>;

const api = '$JS.API';
const buckets = { retries: `KV_${retriesBucket}`, rates: `KV_${ratesBucket}` } as const;
/** Every stream that there is, by its name. */
export const everyStream: readonly string[] = [...Object.values(streams), ...Object.values(buckets)];

const publishes = (...subjects: string[]): Grant => ({ publish: subjects });
/** Asks about the stream, not what is in it. */
const sees = (...names: string[]): Grant => publishes(...names.map((stream) => `${api}.STREAM.INFO.${stream}`));
/** Asks for single messages: any, since which is said in the request's body. */
const gets = (...names: string[]): Grant => publishes(...names.map((stream) => `${api}.STREAM.MSG.GET.${stream}`));
const getsInBatches = (stream: string): Grant => publishes(`${api}.DIRECT.GET.${stream}`);
const purges = (...names: string[]): Grant => publishes(...names.map((stream) => `${api}.STREAM.PURGE.${stream}`));
const seesConsumer = (stream: string, durable = '*'): Grant => publishes(`${api}.CONSUMER.INFO.${stream}.${durable}`);
const uses = (bucket: keyof typeof buckets): Grant =>
  publishes(`$KV.${buckets[bucket].slice('KV_'.length)}.>`, `${api}.STREAM.MSG.GET.${buckets[bucket]}`);

/** Takes messages of a durable consumer and settles them. */
const worksOn = (stream: string, durable: string): Grant => publishes(
  `${api}.CONSUMER.MSG.NEXT.${stream}.${durable}`,
  // As the server addresses them today, and with its domain and account in front.
  `$JS.ACK.${stream}.${durable}.>`, `$JS.ACK.*.*.${stream}.${durable}.>`,
);

/** The facts of deliveries that a user records. */
const records = (lane: Lane, ...facts: DeliveryFact[]): Grant => publishes(...facts.map((fact) => `webhooks.deliveries.${lane}.*.*.${fact}`));

/**
 * The permissions of a user, from what its code does and nothing else.
 * @param shards how many shards the deliveries have, or more: the consumers of a shard that is not counted are not kept from those who read the stream.
 */
export function permissionsOf(user: string, { shards }: { readonly shards: number }): Permissions {
  const durables: Readonly<Record<string, readonly string[]>> = { [streams.events]: [routerDurable], [streams.deliveries]: workerDurables(shards), [streams.notifications]: [notificationsDurable] };

  /** Keeps it from consumers that others work with, although it may handle those that it makes for itself, whose names are random. */
  const sparesDurables = (stream: string, operations: readonly string[]): Grant => ({
    neverPublish: (durables[stream] ?? []).flatMap((durable) => operations.flatMap((operation) => {
      const subject = `${api}.CONSUMER.${operation}.${stream}.${durable}`;
      return operation === 'CREATE' ? [subject, `${subject}.>`] : [subject];
    })),
  });
  /** Reads what the stream holds, or what of it is on certain subjects, through consumers of its own. */
  const reads = (stream: string, ...subjects: string[]): Grant => merged([
    publishes(
      ...(subjects.length > 0 ? subjects.map((subject) => `${api}.CONSUMER.CREATE.${stream}.*.${subject}`) : [`${api}.CONSUMER.CREATE.${stream}.*`]),
      `${api}.CONSUMER.INFO.${stream}.*`, `${api}.CONSUMER.MSG.NEXT.${stream}.*`, `${api}.CONSUMER.DELETE.${stream}.*`,
    ),
    sparesDurables(stream, ['CREATE', 'MSG.NEXT', 'DELETE']),
  ]);

  const grants: Record<ServiceUser, () => readonly Grant[]> = {
    provision: () => [
      publishes(`${api}.INFO`, ...everyStream.flatMap((stream) => ['INFO', 'CREATE', 'UPDATE'].map((operation) => `${api}.STREAM.${operation}.${stream}`))),
      publishes(...Object.entries(durables).flatMap(([stream, names]) => {
        const operations = ['INFO', 'CREATE', 'DURABLE.CREATE'];
        return names.flatMap((durable) => operations.map((operation) => `${api}.CONSUMER.${operation}.${stream}.${durable}`));
      })),
    ],
    'config-api': () => [
      sees(streams.config, streams.deliveries, streams.notifications),
      // An endpoint's history: read, added to, and dropped with it.
      publishes('webhooks.config.*.*'), gets(streams.config), getsInBatches(streams.config), reads(streams.config), reads(streams.config, 'webhooks.config.*.*'),
      purges(streams.config),
      gets(streams.deliveries), reads(streams.deliveries, deliveryFactSubjects('attempted')),
      publishes(notificationSubjects()), gets(streams.notifications), reads(streams.notifications, notificationSubjects()),
      publishes(sendTestSubject),
    ],
    'event-router': () => [
      sees(streams.events, streams.config, streams.routings, streams.deliveries, streams.deadLetters),
      gets(streams.config), reads(streams.config),
      seesConsumer(streams.events, routerDurable), worksOn(streams.events, routerDurable),
      records(normalLane, 'scheduled'), reads(streams.deliveries, deliveryFactSubjects('scheduled')),
      publishes(routingSubject, deadLetterSubjects.event),
    ],
    'delivery-worker': () => [
      sees(streams.config, streams.deliveries, streams.deadLetters, ...Object.values(buckets)),
      gets(streams.config), reads(streams.config),
      seesConsumer(streams.deliveries), worksOn(streams.deliveries, '*'),
      records(normalLane, 'attempted', 'cancelled', 'tested'), records(slowLane, 'diverted'),
      // Looks for what was recorded already, through consumers of its own; those it works with it leaves as they are.
      gets(streams.deliveries),
      publishes(
        ...(['attempted', 'diverted'] as const).map((fact) => `${api}.CONSUMER.CREATE.${streams.deliveries}.*.${deliveryFactSubjects(fact)}`),
        `${api}.CONSUMER.DELETE.${streams.deliveries}.*`,
      ),
      sparesDurables(streams.deliveries, ['CREATE', 'DELETE']),
      publishes(deadLetterSubjects.delivery),
      uses('retries'), uses('rates'),
      { subscribe: [`${sendTestSubject} delivery-worker`], answersWithinSeconds: sendTestSeconds },
    ],
    'log-query': () => [
      sees(streams.config, streams.events, streams.routings, streams.deliveries, streams.notifications),
      gets(streams.config, streams.events, streams.routings, streams.deliveries), getsInBatches(streams.config),
      reads(streams.config), reads(streams.events), reads(streams.routings), reads(streams.deliveries),
      records(normalLane, 'retry'),
      // Erases what is left of a deleted endpoint.
      purges(streams.deliveries, streams.config, buckets.retries),
      gets(streams.notifications), getsInBatches(streams.notifications), publishes(`${api}.STREAM.MSG.DELETE.${streams.notifications}`),
    ],
    ledger: () => [
      reads(streams.config), reads(streams.routings), reads(streams.deliveries), reads(streams.deadLetters), gets(streams.routings),
      // Watches how much everything holds, who works on it, and since when the first message waits.
      publishes(`${api}.INFO`, `${api}.CONSUMER.LIST.${streams.deliveries}`), sees(...everyStream),
      seesConsumer(streams.events, routerDurable), seesConsumer(streams.notifications, notificationsDurable),
      gets(streams.events, streams.deliveries, streams.notifications),
    ],
    operator: () => [
      publishes(`${api}.INFO`, `${api}.STREAM.NAMES`, `${api}.STREAM.LIST`),
      sees(...everyStream), gets(...everyStream),
      publishes(...everyStream.flatMap((stream) => ['NAMES', 'LIST', 'INFO'].map((what) => `${api}.CONSUMER.${what}.${stream}${what === 'INFO' ? '.*' : ''}`))),
      // And by subject, as the NATS command line views them.
      ...[streams.config, streams.routings, streams.deliveries, streams.deadLetters].flatMap((stream) => [reads(stream), reads(stream, '>')]),
    ],
    backup: () => [
      publishes(`${api}.INFO`, `${api}.STREAM.NAMES`, `${api}.STREAM.LIST`), sees(...everyStream),
      publishes(...everyStream.flatMap((stream) => [`${api}.STREAM.SNAPSHOT.${stream}`, `$JS.SNAPSHOT.ACK.${stream}.>`])),
      // The server refuses to restore what is there.
      publishes(...everyStream.flatMap((stream) => [`${api}.STREAM.RESTORE.${stream}`, `$JS.SNAPSHOT.RESTORE.${stream}.>`])),
      // Whatever prefix it is given, the NATS command line has the chunks of a backup come to an inbox of this one, which nobody else has.
      { subscribe: ['_INBOX.>'] },
    ],
  };
  const ofService = grants[user as ServiceUser] as (() => readonly Grant[]) | undefined;
  const { publish, neverPublish, subscribe, answersWithinSeconds } = merged(ofService?.() ?? ofForeigner(user));
  return {
    publish, neverPublish,
    subscribe: [`${inboxPrefixOf(user)}.>`, ...subscribe],
    ...(answersWithinSeconds !== undefined && { answersWithinSeconds }),
  };
}

/**
 * What another account may ask of ours: the names under which it does so, and those that they stand for. JetStream's own names would reach
 * the JetStream of that account, which has none; its clients are told the prefix instead (`apiPrefix`).
 */
export const foreignApiPrefix = 'webhooks.api';
export interface ForeignService {
  readonly subject: string;
  readonly as: string;
  /** It is answered by as many messages as are asked for. */
  readonly answersOften?: boolean;
}
export const eventsService: ForeignService = { subject: 'cepro.events.>', as: 'cepro.events.>' };
export const notificationsServices: readonly ForeignService[] = [
  { ...ofApi(`CONSUMER.MSG.NEXT.${streams.notifications}.${notificationsDurable}`), answersOften: true },
  ofApi(`CONSUMER.INFO.${streams.notifications}.${notificationsDurable}`),
  ...[`$JS.ACK.${streams.notifications}.${notificationsDurable}.>`, `$JS.ACK.*.*.${streams.notifications}.${notificationsDurable}.>`].map((subject) => ({ subject, as: subject })),
];

function ofApi(operation: string): ForeignService {
  return { subject: `${api}.${operation}`, as: `${foreignApiPrefix}.${operation}` };
}

function ofForeigner(user: string): readonly Grant[] {
  if (user === notificationsUser) return [publishes(...notificationsServices.map(({ as }) => as))];
  if (!publishingDomains.includes(user)) throw new RangeError(`nobody is called ${user}; there are ${natsUsers.join(', ')}`);
  return [publishes(...typesOf(user).map((type) => `cepro.events.*.${type}`))];
}

/** The event types that a domain publishes, legacy names too. */
export function typesOf(domain: string): EventType[] {
  return eventTypes.filter((type) => catalogue[type].group.toLowerCase() === domain);
}

function workerDurables(shards: number): string[] {
  return lanes.flatMap((lane) => Array.from({ length: shards }, (_, shard) => workerDurable(lane, shard)));
}

function merged(grants: readonly Grant[]): Required<Omit<Permissions, 'answersWithinSeconds'>> & Pick<Permissions, 'answersWithinSeconds'> {
  const all = (pick: (grant: Grant) => readonly string[] | undefined) => [...new Set(grants.flatMap((grant) => pick(grant) ?? []))];
  const seconds = grants.flatMap(({ answersWithinSeconds }) => answersWithinSeconds ?? []);
  return {
    publish: all((grant) => grant.publish), neverPublish: all((grant) => grant.neverPublish), subscribe: all((grant) => grant.subscribe),
    ...(seconds.length > 0 && { answersWithinSeconds: Math.max(...seconds) }),
  };
}
