import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeys, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import {
  catalogue, deadLetterSubjects, deliveryFacts, endpointFactSubjects, eventSubject, eventTypes, lanes, newEndpointId, notificationsDurable, notificationTypes, newTestDeliveryId,
  retriesBucket, ratesBucket, routerDurable, routingSubject, sendTestSubject, streams, workerDurable, deliverySubject, configSubject, notificationSubject,
} from '@cepro/contracts';
import { startNats, type NatsServer } from '@cepro/testkit';
import {
  connectionOptions, dedupeWindowMs, defaultTopology, findStored, foreignApiPrefix, natsUsers, provision, publishingDomains, serverAccounts, serviceUsers, topology, typesOf,
} from '../src/index.ts';
import { attempt, type Attempt } from './attempts.ts';

const shards = 2;
const seeds = Object.fromEntries(natsUsers.map((user) => [user, new TextDecoder().decode(nkeys.createUser().getSeed())]));
const publicKeys = Object.fromEntries(natsUsers.map((user) => [user, nkeys.fromSeed(Buffer.from(seeds[user]!)).getPublicKey()]));

let nats: NatsServer;
const connections: NatsConnection[] = [];

async function as(user: string, options: ConnectionOptions = {}): Promise<NatsConnection> {
  const connection = await connect({ ...connectionOptions({ url: nats.url, name: 'spec', nkey: { user, seed: seeds[user]! } }), ...options });
  connections.push(connection);
  return connection;
}

beforeAll(async () => {
  nats = await startNats({ config: serverAccounts({ publicKeys, shards }) });
  await provision(await jetstreamManager(await as('provision')), { ...defaultTopology, shards });
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await nats?.stop();
});

const endpointId = newEndpointId();
const everyStream = topology({ ...defaultTopology, shards }).streams.map(({ name }) => name);

/** What there is to write in each stream, by families of subjects about which is decided together. */
const families: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  [streams.events]: Object.fromEntries(publishingDomains.map((domain) => [domain, typesOf(domain).map((type) => eventSubject('acct_1', type))])),
  [streams.config]: { change: [configSubject('acct_1', endpointId)] },
  [streams.routings]: { routing: [routingSubject] },
  [streams.deliveries]: Object.fromEntries(lanes.flatMap((lane) => deliveryFacts.map((fact) => [`${lane}.${fact}`, [0, 1].map((shard) => deliverySubject(lane, shard, endpointId, fact))]))),
  [streams.deadLetters]: { event: [deadLetterSubjects.event], delivery: [deadLetterSubjects.delivery] },
  [streams.notifications]: Object.fromEntries(notificationTypes.map((type) => [type, [notificationSubject('acct_1', type)]])),
  [`KV_${retriesBucket}`]: { state: [`$KV.${retriesBucket}.${endpointId}.${newTestDeliveryId()}`] },
  [`KV_${ratesBucket}`]: { place: [`$KV.${ratesBucket}.${endpointId}`] },
};

const durables: Readonly<Record<string, readonly string[]>> = {
  [streams.events]: [routerDurable],
  [streams.deliveries]: lanes.flatMap((lane) => [0, 1].map((shard) => workerDurable(lane, shard))),
  [streams.notifications]: [notificationsDurable],
};

/** Everything that can be done with a stream, by a name; what has several attempts is allowed if all of them are. */
function attemptsWith(stream: string): Readonly<Record<string, readonly Attempt[]>> {
  const ask = (what: string, body: object = {}): Attempt => ({ publish: `$JS.API.${what}`, body: JSON.stringify(body), answered: true });
  const written = Object.entries(families[stream] ?? {});
  return {
    info: [ask(`STREAM.INFO.${stream}`)],
    get: [ask(`STREAM.MSG.GET.${stream}`, { seq: 1 })],
    batch: [ask(`DIRECT.GET.${stream}`, { seq: 1, batch: 1 })],
    last: [ask(`DIRECT.GET.${stream}.${written[0]![1][0]}`)],
    'read all': [ask(`CONSUMER.CREATE.${stream}.some`)],
    'watch any': [ask(`CONSUMER.INFO.${stream}.some`)],
    next: [ask(`CONSUMER.MSG.NEXT.${stream}.some`, { batch: 1, no_wait: true })],
    end: [ask(`CONSUMER.DELETE.${stream}.some`)],
    'read unnamed': [ask(`CONSUMER.CREATE.${stream}`)],
    durable: [ask(`CONSUMER.DURABLE.CREATE.${stream}.some`)],
    purge: [ask(`STREAM.PURGE.${stream}`, { filter: 'nobody' })],
    'delete message': [ask(`STREAM.MSG.DELETE.${stream}`, { seq: 999_999 })],
    create: [ask(`STREAM.CREATE.${stream}`)],
    update: [ask(`STREAM.UPDATE.${stream}`)],
    drop: [ask(`STREAM.DELETE.${stream}`)],
    list: [ask(`CONSUMER.LIST.${stream}`)],
    names: [ask(`CONSUMER.NAMES.${stream}`)],
    snapshot: [ask(`STREAM.SNAPSHOT.${stream}`, { deliver_subject: '_INBOX_backup.nobody', no_consumers: true }), { publish: `$JS.SNAPSHOT.ACK.${stream}.x` }],
    restore: [ask(`STREAM.RESTORE.${stream}`, { config: { name: stream }, state: {} }), { publish: `$JS.SNAPSHOT.RESTORE.${stream}.x` }],
    ...(durables[stream] && {
      watch: durables[stream].map((durable) => ask(`CONSUMER.INFO.${stream}.${durable}`)),
      take: durables[stream].map((durable) => ask(`CONSUMER.MSG.NEXT.${stream}.${durable}`, { batch: 1, no_wait: true })),
      settle: durables[stream].flatMap((durable) => [{ publish: `$JS.ACK.${stream}.${durable}.1.999.1.1.0` }, { publish: `$JS.ACK._.account.${stream}.${durable}.1.999.1.1.0.x` }]),
      'make durable': durables[stream].map((durable) => ask(`CONSUMER.DURABLE.CREATE.${stream}.${durable}`)),
      'change durable': durables[stream].map((durable) => ask(`CONSUMER.CREATE.${stream}.${durable}`)),
      'narrow durable': durables[stream].flatMap((durable) => written.map(([, [subject]]) => ask(`CONSUMER.CREATE.${stream}.${durable}.${subject}`))),
      'drop durable': durables[stream].map((durable) => ask(`CONSUMER.DELETE.${stream}.${durable}`)),
      'pause durable': durables[stream].map((durable) => ask(`CONSUMER.PAUSE.${stream}.${durable}`)),
    }),
    ...Object.fromEntries(written.map(([family, subjects]) => [`write ${family}`, subjects.map((subject) => ({ publish: subject, answered: true }))])),
    ...Object.fromEntries(written.map(([family, subjects]) => [`read ${family}`, subjects.map((subject) => ask(`CONSUMER.CREATE.${stream}.any.${subject}`))])),
  };
}

/** Everything else that can be done. */
function attemptsElsewhere(user: string): Readonly<Record<string, readonly Attempt[]>> {
  const others = natsUsers.filter((other) => other !== user);
  return {
    'take notifications': ['CONSUMER.INFO', 'CONSUMER.MSG.NEXT'].map((what) => ({
      publish: `${foreignApiPrefix}.${what}.${streams.notifications}.${notificationsDurable}`, body: JSON.stringify({ batch: 1, no_wait: true }), answered: true,
    })),
    'ask for a test': [{ publish: sendTestSubject }],
    'answer tests': [{ subscribe: sendTestSubject, queue: 'delivery-worker' }],
    'overhear tests': [{ subscribe: sendTestSubject }, { subscribe: sendTestSubject, queue: 'another' }],
    account: [{ publish: '$JS.API.INFO', answered: true }],
    'list streams': [{ publish: '$JS.API.STREAM.LIST', answered: true }, { publish: '$JS.API.STREAM.NAMES', answered: true }],
    'make a stream': [{ publish: '$JS.API.STREAM.CREATE.ANOTHER', answered: true }],
    'step down': [{ publish: `$JS.API.STREAM.LEADER.STEPDOWN.${streams.events}` }],
    overhear: ['>', 'cepro.>', 'webhooks.>', '$KV.>', '$JS.>', '$JS.API.>', '$JS.ACK.>', '$JS.EVENT.>', '$SYS.>', '*.>'].map((subscribe) => ({ subscribe })),
    'use common inboxes': [{ subscribe: '_INBOX.>' }],
    'read answers of others': others.map((other) => ({ subscribe: `_INBOX_${other}.>` })),
    'forge answers': others.map((other) => ({ publish: `_INBOX_${other}.answer` })),
    'tell anything': ['cepro.notifications.acct_1.billing.due', 'cepro.events.acct_1.invoice.teleported', 'anything'].map((publish) => ({ publish })),
  };
}

const reads = ['watch any', 'next', 'end'];
const follows = ['info', 'read all', ...reads];
const provisions = ['info', 'create', 'update'];
const provisionsDurables = [...provisions, 'watch', 'make durable', 'change durable'];
const looks = ['info', 'get', 'list', 'names', 'watch any'];
const readsAll = (stream: string) => Object.keys(families[stream] ?? {}).map((family) => `read ${family}`);
const nothing: Readonly<Record<string, readonly string[]>> = Object.fromEntries([...everyStream, 'elsewhere'].map((stream) => [stream, []]));
const publishingDomain = (domain: string) => ({ ...nothing, [streams.events]: [`write ${domain}`] });

/** What each user can do with each stream, and elsewhere. What is not named here it can not do. */
const table: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  provision: {
    [streams.events]: provisionsDurables,
    [streams.config]: provisions,
    [streams.routings]: provisions,
    [streams.deliveries]: provisionsDurables,
    [streams.deadLetters]: provisions,
    [streams.notifications]: provisionsDurables,
    KV_webhook_retries: provisions,
    KV_webhook_rates: provisions,
    elsewhere: ['account'],
  },
  'config-api': {
    [streams.events]: [],
    [streams.config]: [...follows, 'get', 'batch', 'purge', 'read change', 'write change'],
    [streams.routings]: [],
    [streams.deliveries]: ['info', 'get', ...reads, 'watch', 'read n.attempted', 'read s.attempted'],
    [streams.deadLetters]: [],
    [streams.notifications]: ['info', 'get', ...reads, 'watch', ...notificationTypes.flatMap((type) => [`read ${type}`, `write ${type}`])],
    KV_webhook_retries: [],
    KV_webhook_rates: [],
    elsewhere: ['ask for a test'],
  },
  'event-router': {
    [streams.events]: ['info', 'watch', 'take', 'settle'],
    [streams.config]: [...follows, 'get'],
    [streams.routings]: ['info', 'write routing'],
    [streams.deliveries]: ['info', ...reads, 'watch', 'read n.scheduled', 'read s.scheduled', 'write n.scheduled'],
    [streams.deadLetters]: ['info', 'write event'],
    [streams.notifications]: [],
    KV_webhook_retries: [],
    KV_webhook_rates: [],
    elsewhere: [],
  },
  'delivery-worker': {
    [streams.events]: [],
    [streams.config]: [...follows, 'get'],
    [streams.routings]: [],
    [streams.deliveries]: [
      'info', 'get', ...reads, 'watch', 'take', 'settle', 'read n.attempted', 'read s.attempted', 'read n.diverted', 'read s.diverted',
      'write n.attempted', 'write n.cancelled', 'write n.tested', 'write s.diverted',
    ],
    [streams.deadLetters]: ['info', 'write delivery'],
    [streams.notifications]: [],
    KV_webhook_retries: ['info', 'get', 'write state'],
    KV_webhook_rates: ['info', 'get', 'write place'],
    elsewhere: ['answer tests'],
  },
  'log-query': {
    [streams.events]: [...follows, 'watch', 'get'],
    [streams.config]: [...follows, 'get', 'batch', 'purge'],
    [streams.routings]: [...follows, 'get'],
    [streams.deliveries]: [...follows, 'get', 'watch', 'purge', 'write n.retry'],
    [streams.deadLetters]: [],
    [streams.notifications]: ['info', 'get', 'batch', 'delete message'],
    KV_webhook_retries: ['purge'],
    KV_webhook_rates: [],
    elsewhere: [],
  },
  ledger: {
    [streams.events]: ['info', 'get', 'watch'],
    [streams.config]: follows,
    [streams.routings]: [...follows, 'get'],
    [streams.deliveries]: [...follows, 'get', 'watch', 'list'],
    [streams.deadLetters]: follows,
    [streams.notifications]: ['info', 'get', 'watch'],
    KV_webhook_retries: ['info'],
    KV_webhook_rates: ['info'],
    elsewhere: ['account'],
  },
  operator: {
    [streams.events]: [...looks, 'watch'],
    [streams.config]: [...looks, ...follows, ...readsAll(streams.config)],
    [streams.routings]: [...looks, ...follows, ...readsAll(streams.routings)],
    [streams.deliveries]: [...looks, ...follows, 'watch', ...readsAll(streams.deliveries)],
    [streams.deadLetters]: [...looks, ...follows, ...readsAll(streams.deadLetters)],
    [streams.notifications]: [...looks, 'watch'],
    KV_webhook_retries: looks,
    KV_webhook_rates: looks,
    elsewhere: ['account', 'list streams'],
  },
  backup: { ...Object.fromEntries(everyStream.map((stream) => [stream, ['info', 'snapshot', 'restore']])), elsewhere: ['account', 'list streams', 'use common inboxes'] },
  leads: publishingDomain('leads'),
  estimates: publishingDomain('estimates'),
  jobs: publishingDomain('jobs'),
  invoices: publishingDomain('invoices'),
  proposals: publishingDomain('proposals'),
  app: publishingDomain('app'),
  'customer-notices': { ...nothing, [streams.notifications]: ['settle'], elsewhere: ['take notifications'] },
};

describe('the table', () => {
  it('names every user, and for each of ours every stream, so that a new one is decided upon', () => {
    expect(Object.keys(table).sort()).toEqual([...natsUsers].sort());
    for (const user of natsUsers) expect([user, Object.keys(table[user]!).sort()]).toEqual([user, [...everyStream, 'elsewhere'].sort()]);
  });

  it('has subjects of every stream, and every event type in one domain', () => {
    for (const { name, subjects } of topology({ ...defaultTopology, shards }).streams) {
      const written = Object.values(families[name] ?? {}).flat();
      expect([name, written.length > 0, written.filter((subject) => !subjects.some((pattern) => matches(pattern, subject)))]).toEqual([name, true, []]);
    }
    expect(publishingDomains.flatMap((domain) => typesOf(domain)).sort()).toEqual([...eventTypes].sort());
  });

  it('knows every durable consumer', () => {
    for (const { stream, config } of topology({ ...defaultTopology, shards }).consumers) expect(durables[stream]).toContain(config.durable_name);
  });
});

describe.each(natsUsers)('%s', (user) => {
  it.each([...everyStream, 'elsewhere'])('can do with %s what it needs, and nothing else', async (stream) => {
    const named = stream === 'elsewhere' ? attemptsElsewhere(user) : attemptsWith(stream);
    const expected = new Set(table[user]![stream]);
    for (const name of expected) expect(Object.keys(named)).toContain(name);
    const { allowed, mixed } = await attempt(await as(user), `_INBOX_${user}`, named);
    expect(mixed).toEqual([]);
    expect([...allowed].sort()).toEqual([...expected].sort());
  });
});

describe('a search for what was stored long ago', () => {
  it.each([
    ['event-router', deliverySubject('n', 0, endpointId, 'scheduled'), endpointFactSubjects(endpointId, 'scheduled')],
    ['delivery-worker', deliverySubject('n', 0, endpointId, 'attempted'), endpointFactSubjects(endpointId, 'attempted')],
    ['delivery-worker', deliverySubject('s', 0, endpointId, 'diverted'), endpointFactSubjects(endpointId, 'diverted')],
    ['config-api', configSubject('acct_1', endpointId), configSubject('acct_1', endpointId)],
  ])('as %s makes on %s is permitted', async (user, subject, within) => {
    const connection = await as(user);
    const refused: unknown[] = [];
    void (async () => {
      for await (const status of connection.status()) if (status.type === 'error') refused.push(status.error);
    })();
    const js = jetstream(connection);
    const stream = user === 'config-api' ? streams.config : streams.deliveries;
    for (const n of [1, 2, 3]) await js.publish(subject, String(n));
    // It reads what there is on those subjects to its end, and then gives up its consumer.
    const find = (msgId: string) => findStored(js, { stream, subject, within, msgId, since: Date.now() - 2 * dedupeWindowMs });
    expect(await find('nobody')).toBeUndefined();
    await connection.flush();
    expect(refused).toEqual([]);
  });
});

describe('a publishing domain', () => {
  it('has its event stored, under its id once, and hears so', async () => {
    const js = jetstream(await as('invoices'));
    const publish = () => js.publish(eventSubject('acct_1', 'invoice.paid'), JSON.stringify(catalogue['invoice.paid'].example), { msgID: 'invoices:1', expect: { streamName: streams.events } });
    const { seq, duplicate } = await publish();
    expect([duplicate, await publish()]).toEqual([false, { stream: streams.events, seq, duplicate: true }]);
  });

  it('can not have the server\'s answer stored by naming one of our subjects for it', async () => {
    const connection = await as('invoices');
    const jsm = await jetstreamManager(await as('operator'));
    const lastOf = async (stream: string) => (await jsm.streams.info(stream)).state.last_seq;
    const before = [await lastOf(streams.config), await lastOf(streams.events)];
    connection.publish(eventSubject('acct_1', 'invoice.paid'), 'x', { reply: configSubject('acct_1', endpointId) });
    await connection.flush();
    await jetstream(connection).publish(eventSubject('acct_1', 'invoice.paid'), 'after it');
    expect([await lastOf(streams.config), await lastOf(streams.events)]).toEqual([before[0], before[1]! + 2]);
  });
});

describe('who tells the customer', () => {
  it('takes notifications by the consumer that is made for it, and settles them', async () => {
    await jetstream(await as('config-api')).publish(notificationSubject('acct_1', 'webhook.failing'), 'news');
    const consumer = await jetstream(await as('customer-notices'), { apiPrefix: foreignApiPrefix }).consumers.get(streams.notifications, notificationsDurable);
    // What was written above comes before it.
    let message = await consumer.next({ expires: 20_000 });
    while (message && message.string() !== 'news') message = (await message.ackAck()) ? await consumer.next({ expires: 20_000 }) : null;
    expect(message?.subject).toBe(notificationSubject('acct_1', 'webhook.failing'));
    expect(await message!.ackAck()).toBe(true);
  });
});

it('a key that is not in the server\'s configuration opens nothing', async () => {
  const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
  await expect(connect(connectionOptions({ url: nats.url, name: 'spec', nkey: { user: 'operator', seed } }))).rejects.toThrow(/authorization violation/i);
  await expect(connect(connectionOptions({ url: nats.url, name: 'spec' }))).rejects.toThrow(/authorization violation/i);
});

it('the server\'s configuration has a key of each of our services, and nobody\'s else', () => {
  const { operator: _, ...some } = publicKeys;
  expect(() => serverAccounts({ publicKeys: some, shards })).toThrow('operator');
  expect(() => serverAccounts({ publicKeys: { ...publicKeys, stranger: publicKeys['ledger']! }, shards })).toThrow('stranger');
  const ours = Object.fromEntries(serviceUsers.map((user) => [user, publicKeys[user]!]));
  expect(serverAccounts({ publicKeys: ours, shards })).not.toContain('cepro.events.>');
});

/** Whether a stream's subject, which may have wildcards, takes a subject. */
function matches(pattern: string, subject: string): boolean {
  const [patterns, tokens] = [pattern.split('.'), subject.split('.')];
  const open = patterns.at(-1) === '>';
  if (open ? tokens.length < patterns.length : tokens.length !== patterns.length) return false;
  return patterns.every((token, index) => token === '*' || token === '>' || token === tokens[index]);
}
