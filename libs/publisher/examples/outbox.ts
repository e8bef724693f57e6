import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { InvalidEventError, type EventType, type WebhookEvent, type WebhooksPublisher } from '../src/index.ts'; // '@cepro/webhooks-publisher' in your service

/** The table, in the database of the domain service. */
export const outboxSchema = `
  CREATE TABLE IF NOT EXISTS webhook_outbox (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    type        text NOT NULL,
    account_id  text NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    data        json NOT NULL,
    sent_at     timestamptz,
    refused     text
  );
  CREATE INDEX IF NOT EXISTS webhook_outbox_waiting ON webhook_outbox (position) WHERE sent_at IS NULL AND refused IS NULL;
`;

export type OutboxEvent<T extends EventType> = Pick<WebhookEvent<T>, 'type' | 'accountId' | 'data'>;

/**
 * Writes an event down in the transaction that changes the domain, so that there is either both or neither.
 * @throws InvalidEventError for an event that could never be published, which takes the transaction back with it.
 */
export async function addToOutbox<T extends EventType>(transaction: PoolClient, publisher: WebhooksPublisher, event: OutboxEvent<T>): Promise<void> {
  publisher.check({ ...event, id: 'not-known-yet' });
  await transaction.query('INSERT INTO webhook_outbox (type, account_id, data) VALUES ($1, $2, $3)', [
    event.type, event.accountId, JSON.stringify(event.data),
  ]);
}

export interface RelayOptions {
  /** Stops the relay. */
  readonly signal: AbortSignal;
  /** Told of every failure, after which the relay goes on. */
  readonly onError: (error: unknown) => void;
  /** How long to wait when nothing is there, or after a failure, in milliseconds. */
  readonly pauseMs?: number;
}

/** Any number, the same in every process of the service. */
const relayLock = 7_340_011;

/** Publishes what is in the outbox, in order, for as long as the service runs. One process at a time does it; the others stand by. */
export async function relayOutbox(pool: Pool, publisher: WebhooksPublisher, { signal, onError, pauseMs = 500 }: RelayOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await relayAlone(pool, publisher, signal, pauseMs);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Publishes until something fails, if no other process is at it. The lock goes with the connection, however this process ends. */
async function relayAlone(pool: Pool, publisher: WebhooksPublisher, signal: AbortSignal, pauseMs: number): Promise<void> {
  const client = await pool.connect();
  // A connection that breaks while nothing is asked of it says so here; without a listener that would end the process.
  // The next query fails, and is reported.
  client.on('error', () => undefined);
  try {
    const { rows: [lock] } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [relayLock]);
    if (!lock?.mine) return;
    while (!signal.aborted) {
      if (!(await relayBatch(client, publisher, signal))) await sleep(pauseMs, undefined, { signal });
    }
  } finally {
    // Not given back to the pool: with the connection the lock is given up, whatever state it is in.
    client.release(true);
  }
}

interface OutboxRow {
  readonly position: string;
  readonly id: string;
  readonly type: EventType;
  readonly account_id: string;
  readonly occurred_at: Date;
  readonly data: Record<string, unknown>;
}

/** Publishes what waits, one row after the other; false if nothing did. No transaction is open while the server is asked. */
async function relayBatch(client: PoolClient, publisher: WebhooksPublisher, signal: AbortSignal): Promise<boolean> {
  const { rows } = await client.query<OutboxRow>(
    `SELECT position, id, type, account_id, occurred_at, data FROM webhook_outbox
     WHERE sent_at IS NULL AND refused IS NULL ORDER BY position LIMIT 100`,
  );
  for (const row of rows) {
    const { position, id, type, account_id: accountId, occurred_at: timestamp } = row;
    // It passed `check` with the type it has.
    const data = row.data as WebhookEvent['data'];
    try {
      await publisher.publish({ type, accountId, id, timestamp, data }, { signal });
    } catch (error) {
      // Anything else is thrown: this row comes first again, and none behind it overtakes it.
      if (!(error instanceof InvalidEventError)) throw error;
      await client.query('UPDATE webhook_outbox SET refused = $2 WHERE position = $1', [position, error.message]);
      continue;
    }
    await client.query('UPDATE webhook_outbox SET sent_at = now() WHERE position = $1', [position]);
  }
  return rows.length > 0;
}
