import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { catalogue, streams } from '@cepro/contracts';
import { createTestDatabase, eventually, startNats, startProxy, type FaultProxy, type NatsServer, type TestDatabase } from '@cepro/testkit';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { addToOutbox, outboxSchema, relayOutbox, type OutboxEvent } from '../examples/outbox.ts';
import { InvalidEventError, WebhooksPublisher } from '../src/index.ts';

let nats: NatsServer;
let proxy: FaultProxy;
let connection: NatsConnection;
let database: TestDatabase;
let pool: pg.Pool;
let publisher: WebhooksPublisher;
let errors: unknown[];
let relays: { stop: AbortController; ended: Promise<void> }[];

beforeEach(async () => {
  nats = await startNats();
  proxy = await startProxy({ target: nats.url });
  connection = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  await (await jetstreamManager(connection)).streams.add({ name: streams.events, subjects: ['cepro.events.>'] });
  publisher = new WebhooksPublisher(connection, { domain: 'invoices', timeoutMs: 1_000 });
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => undefined);
  await pool.query(outboxSchema);
  await pool.query('CREATE TABLE invoice (id text PRIMARY KEY, status text NOT NULL)');
  errors = [];
  relays = [];
});

afterEach(async () => {
  for (const { stop } of relays) stop.abort();
  await Promise.all(relays.map(({ ended }) => ended));
  await pool.end();
  await database.drop();
  await connection.close();
  await proxy.stop();
  await nats.stop();
});

function aRelay(): AbortController {
  const stop = new AbortController();
  relays.push({ stop, ended: relayOutbox(pool, publisher, { signal: stop.signal, onError: (error) => errors.push(error), pauseMs: 50 }) });
  return stop;
}

/** What a domain service does: the change and its event in one transaction. */
async function payInvoice(id: string, event: Partial<OutboxEvent<'invoice.paid'>> = {}): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('INSERT INTO invoice VALUES ($1, $2)', [id, 'paid']);
    await addToOutbox(client, publisher, { type: 'invoice.paid', accountId: 'acct_42', data: { ...catalogue['invoice.paid'].example, id }, ...event });
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function storedIds(): Promise<string[]> {
  const consumer = await jetstream(connection).consumers.get(streams.events);
  const { num_pending: pending } = await consumer.info();
  if (pending === 0) return [];
  const ids: string[] = [];
  for await (const message of await consumer.fetch({ max_messages: pending })) ids.push(message.json<{ data: { id: string } }>().data.id);
  return ids;
}

const waiting = async () => Number((await pool.query<{ n: string }>('SELECT count(*) AS n FROM webhook_outbox WHERE sent_at IS NULL AND refused IS NULL')).rows[0]?.n);
const invoices = Array.from({ length: 20 }, (_, n) => `inv_${String(n).padStart(2, '0')}`);

describe('the outbox', () => {
  it('publishes what was committed, in order, once', async () => {
    aRelay();
    for (const id of invoices) await payInvoice(id);
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(invoices);
  });

  it('publishes nothing of a transaction that was taken back', async () => {
    await payInvoice('inv_1');
    await expect(payInvoice('inv_1')).rejects.toThrow(/duplicate key/);
    await expect(payInvoice('inv_2', { accountId: 'no account' })).rejects.toThrow(InvalidEventError);
    aRelay();
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(['inv_1']);
    expect((await pool.query('SELECT id FROM invoice')).rows).toEqual([{ id: 'inv_1' }]);
  });

  it('publishes once what was stored by a relay that died before it could say so', async () => {
    for (const id of invoices) await payInvoice(id);
    const { rows: [row] } = await pool.query<{ id: string; type: 'invoice.paid'; account_id: string; occurred_at: Date }>('SELECT * FROM webhook_outbox ORDER BY position LIMIT 1');
    if (!row) throw new Error('nothing is waiting');
    await publisher.publish({ type: row.type, accountId: row.account_id, id: row.id, timestamp: row.occurred_at, data: { ...catalogue['invoice.paid'].example, id: 'inv_00' } });
    aRelay();
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(invoices);
  });

  it('keeps the order over an outage of NATS, and two relays do not get into each other\'s way', async () => {
    aRelay();
    aRelay();
    for (const [n, id] of invoices.entries()) {
      if (n === 5) proxy.cut();
      await payInvoice(id);
    }
    await eventually(() => expect(errors).toContainEqual(expect.objectContaining({ name: 'EventNotPublishedError' })));
    proxy.restore();
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(invoices);
  });

  it('goes on with another relay when one stops', async () => {
    const first = aRelay();
    await payInvoice('inv_00');
    await eventually(async () => expect(await waiting()).toBe(0));
    first.abort();
    aRelay();
    await payInvoice('inv_01');
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(['inv_00', 'inv_01']);
  });

  it('goes on when the database breaks its connection', async () => {
    aRelay();
    await payInvoice('inv_00');
    await eventually(async () => expect(await waiting()).toBe(0));
    await pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
    await payInvoice('inv_01');
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(['inv_00', 'inv_01']);
    expect(errors).toHaveLength(1);
  });

  it('puts a row aside that can not be published, and goes on', async () => {
    await pool.query(`INSERT INTO webhook_outbox (type, account_id, data) VALUES ('invoice.refunded', 'acct_42', '{}')`);
    await payInvoice('inv_00');
    aRelay();
    await eventually(async () => expect(await waiting()).toBe(0));
    expect(await storedIds()).toEqual(['inv_00']);
    expect((await pool.query('SELECT refused FROM webhook_outbox ORDER BY position')).rows).toEqual([{ refused: expect.stringContaining('type must be') }, { refused: null }]);
  });
});
