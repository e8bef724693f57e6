import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { deliverySubject, newEndpointId, streams, workerDurable } from '@cepro/contracts';
import { startNats, type NatsServer } from '@cepro/testkit';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox, nkeys, type NatsConnection } from '@nats-io/transport-node';
import { connectionOptions, defaultTopology, natsUsers, provision, serverAccounts } from '../src/index.ts';

// What `nats account backup` and `nats account restore` ask of the server, as the user that is made for them.

const shards = 1;
const seeds = Object.fromEntries(natsUsers.map((user) => [user, new TextDecoder().decode(nkeys.createUser().getSeed())]));
const config = serverAccounts({ publicKeys: Object.fromEntries(natsUsers.map((user) => [user, nkeys.fromSeed(Buffer.from(seeds[user]!)).getPublicKey()])), shards });

const servers: NatsServer[] = [];
const connections: NatsConnection[] = [];
let full: NatsServer;
let empty: NatsServer;

async function as(user: string, { url }: NatsServer): Promise<NatsConnection> {
  const connection = await connect(connectionOptions({ url, name: 'spec', nkey: { user, seed: seeds[user]! } }));
  connections.push(connection);
  return connection;
}

beforeAll(async () => {
  servers.push(...await Promise.all([startNats({ config }), startNats({ config })]));
  [full, empty] = servers as [NatsServer, NatsServer];
  await provision(await jetstreamManager(await as('provision', full)), { ...defaultTopology, shards });
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await Promise.all(servers.map((server) => server.stop()));
});

interface Backup {
  /** What the stream was when the backup began, to be told when it is restored. */
  readonly told: object;
  readonly chunks: readonly Uint8Array[];
}

async function backUp(connection: NatsConnection, stream: string): Promise<Backup> {
  // Where the command line wants them, whatever inbox prefix it was given.
  const inbox = createInbox();
  const subscription = connection.subscribe(inbox);
  const { error, config: streamConfig, state } = (await connection.request(`$JS.API.STREAM.SNAPSHOT.${stream}`, JSON.stringify({ deliver_subject: inbox }))).json<{ error?: object; config: object; state: object }>();
  expect(error).toBeUndefined();
  const chunks: Uint8Array[] = [];
  for await (const message of subscription) {
    if (message.data.length === 0) break;
    chunks.push(message.data);
    message.respond();
  }
  return { told: { config: streamConfig, state }, chunks };
}

async function restore(connection: NatsConnection, stream: string, { told, chunks }: Backup): Promise<void> {
  const { error, deliver_subject: subject } = (await connection.request(`$JS.API.STREAM.RESTORE.${stream}`, JSON.stringify(told))).json<{ error?: object; deliver_subject: string }>();
  expect(error).toBeUndefined();
  for (const chunk of chunks) await connection.request(subject, chunk);
  const done = (await connection.request(subject, undefined, { timeout: 20_000 })).json<{ error?: object }>();
  expect(done.error).toBeUndefined();
}

it('every stream comes back with its messages and with what its consumers had taken', async () => {
  const js = jetstream(await as('config-api', full));
  await js.publish('webhooks.config.acct_1.wh_1', 'an endpoint');
  const router = jetstream(await as('event-router', full));
  const scheduled = deliverySubject('n', 0, newEndpointId(), 'scheduled');
  for (const body of ['first', 'second']) await router.publish(scheduled, body);
  const worker = await jetstream(await as('delivery-worker', full)).consumers.get(streams.deliveries, workerDurable('n', 0));
  expect(await (await worker.next())?.ackAck()).toBe(true);

  const source = await as('backup', full);
  const target = await as('backup', empty);
  const names = await Array.fromAsync((await jetstreamManager(source)).streams.names());
  expect(names.length).toBeGreaterThanOrEqual(8);
  for (const name of names) await restore(target, name, await backUp(source, name));

  // Nothing is left to be made, and the worker goes on with what it had not taken.
  const steps = await provision(await jetstreamManager(await as('provision', empty)), { ...defaultTopology, shards });
  expect(new Set(steps.map(({ did }) => did))).toEqual(new Set(['unchanged']));
  const restored = await jetstream(await as('delivery-worker', empty)).consumers.get(streams.deliveries, workerDurable('n', 0));
  expect((await restored.next())?.string()).toBe('second');
  const { state } = await (await jetstreamManager(await as('operator', empty))).streams.info(streams.config);
  expect(state).toMatchObject({ messages: 1, last_seq: 1 });
});

it('what is there is not restored over', async () => {
  const connection = await as('backup', full);
  const backup = await backUp(connection, streams.config);
  const { error } = (await connection.request(`$JS.API.STREAM.RESTORE.${streams.config}`, JSON.stringify(backup.told))).json<{ error?: { description: string } }>();
  expect(error?.description).toMatch(/already in use/);
});
